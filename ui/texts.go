package ui

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

//go:embed texts/en.json
var textFiles embed.FS

// texts is everything the pages say, by key. {name} is a place for a value.
type texts map[string]string

// newTexts is the English catalogue with some of it replaced. A key that no
// page uses is a mistake.
func newTexts(own map[string]string) (texts, error) {
	b, err := textFiles.ReadFile("texts/en.json")
	if err != nil {
		return nil, err
	}
	all := texts{}
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, fmt.Errorf("ui: texts/en.json: %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(own)) {
		if _, known := all[key]; !known {
			return nil, fmt.Errorf("ui: Config.Texts: there is no text %q; the keys are those of texts/en.json", key)
		}
		all[key] = own[key]
	}
	return all, nil
}

// say returns a text with its places filled: name, value, name, value.
func (t texts) say(key string, values ...string) string {
	places := make([]string, len(values))
	for i, v := range values {
		if places[i] = v; i%2 == 0 {
			places[i] = "{" + v + "}"
		}
	}
	return strings.NewReplacer(places...).Replace(t[key])
}

// wait says how long, rounded up so that it is never too short.
func (t texts) wait(d time.Duration) string {
	unit, name := time.Second, "second"
	switch {
	case d > 90*time.Minute:
		unit, name = time.Hour, "hour"
	case d > 90*time.Second:
		unit, name = time.Minute, "minute"
	}
	n := max((d+unit-1)/unit, 1)
	if n == 1 {
		return t.say("wait." + name)
	}
	return t.say("wait."+name+"s", "n", fmt.Sprint(int64(n)))
}
