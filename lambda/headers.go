package lambda

import (
	"encoding/json"
	"strings"
)

// Headers are most of an event. Gateways write them as one of two objects,
// {"name":"value"} and {"name":["value"]}, which are read here without
// reflection; whatever is written in another way is left to encoding/json.

// readHeaders reads JSON that is known to be valid. What is no headers is nil.
func readHeaders(b []byte) map[string][]string {
	text := string(b)
	if !strings.HasPrefix(text, "{") {
		return nil
	}
	if h, ok := plainHeaders(text[1:]); ok {
		return h
	}
	var multi map[string][]string
	if json.Unmarshal(b, &multi) == nil {
		return multi
	}
	var single map[string]string
	if json.Unmarshal(b, &single) != nil {
		return nil
	}
	multi = make(map[string][]string, len(single))
	for name, value := range single {
		multi[name] = []string{value}
	}
	return multi
}

// plainHeaders reads the members of an object without white space.
func plainHeaders(rest string) (h map[string][]string, ok bool) {
	h = make(map[string][]string, 24)
	if rest == "}" {
		return h, true
	}
	for {
		var name string
		var values []string
		if name, rest, ok = quoted(rest); !ok || !strings.HasPrefix(rest, ":") {
			return nil, false
		}
		if values, rest, ok = plainValues(rest[1:]); !ok || rest == "" {
			return nil, false
		}
		h[name] = values
		switch {
		case rest == "}":
			return h, true
		case rest[0] != ',':
			return nil, false
		}
		rest = rest[1:]
	}
}

// plainValues reads one text, or a list of them.
func plainValues(text string) (values []string, rest string, ok bool) {
	value, rest, ok := quoted(strings.TrimPrefix(text, "["))
	values = []string{value}
	if !strings.HasPrefix(text, "[") {
		return values, rest, ok
	}
	for ok && strings.HasPrefix(rest, ",") {
		value, rest, ok = quoted(rest[1:])
		values = append(values, value)
	}
	rest, closed := strings.CutPrefix(rest, "]")
	return values, rest, ok && closed
}

// quoted reads one text in quotes.
func quoted(text string) (value, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		return "", "", false
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			value, rest = text[1:i], text[i+1:]
			if strings.IndexByte(value, '\\') >= 0 {
				return value, rest, json.Unmarshal([]byte(text[:i+1]), &value) == nil
			}
			return value, rest, true
		}
	}
	return "", "", false
}
