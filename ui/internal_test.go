package ui

import (
	"encoding/json"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestColoursCanBeRead tries accents from all over: what stands on them, and
// links in their colour, always have the contrast that text needs.
func TestColoursCanBeRead(t *testing.T) {
	t.Parallel()
	for r := 0; r <= 255; r += 51 {
		for g := 0; g <= 255; g += 51 {
			for b := 0; b <= 255; b += 51 {
				accent := colour{float64(r), float64(g), float64(b)}
				on := accent.readable()
				if contrast(accent, on) < contrastAA || contrast(accent.toward(on.opposite(), 0.14), on) < contrastAA {
					t.Errorf("%s on %s cannot be read", on, accent)
				}
				for _, ground := range []string{cardLight, cardDark, defaultBackground, defaultBackgroundDark} {
					if link := accent.against(parse(ground)); contrast(link, parse(ground)) < contrastAA {
						t.Errorf("%s, as %s, cannot be read on %s", accent, link, ground)
					}
				}
			}
		}
	}
}

func TestStylesheetHasTheCardsColours(t *testing.T) {
	t.Parallel()
	style, err := assetFiles.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, card := range []string{cardLight, cardDark} {
		if !strings.Contains(string(style), "--card: "+card+";") {
			t.Errorf("style.css does not have the card colour %s that theme.go counts on", card)
		}
	}
}

// TestTextKeys holds pages and catalogue together: no key is missing, and none
// is left over.
func TestTextKeys(t *testing.T) {
	t.Parallel()
	b, err := textFiles.ReadFile("texts/en.json")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	if err := json.Unmarshal(b, &known); err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile(`"([a-z-]+(?:\.[a-z-]+)+)"`)
	composed := regexp.MustCompile(`"([a-z-]+\.)" ?\+`)
	used := map[string]bool{}
	err = fs.WalkDir(os.DirFS("."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || strings.HasSuffix(path, "_test.go") || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".html") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range quoted.FindAllStringSubmatch(string(source), -1) {
			used[m[1]] = true
		}
		for _, m := range composed.FindAllStringSubmatch(string(source), -1) {
			used[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`say\("([^"]+)"[,)]`).FindAllStringSubmatch(string(source), -1) {
			if _, ok := known[m[1]]; !ok {
				t.Errorf("%s says %q, which has no text", path, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for key := range known {
		if kind, _, _ := strings.Cut(key, "."); !used[key] && !used[kind+"."] {
			t.Errorf("no page uses the text %q", key)
		}
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	says, err := newTexts(nil)
	if err != nil {
		t.Fatal(err)
	}
	for wait, want := range map[time.Duration]string{
		0: "a second", time.Second: "a second", 1500 * time.Millisecond: "2 seconds", 61 * time.Second: "61 seconds",
		91 * time.Second: "2 minutes", 10 * time.Minute: "10 minutes", 91 * time.Minute: "2 hours", 24 * time.Hour: "24 hours",
	} {
		if got := says.wait(wait); got != want {
			t.Errorf("%s is %q, want %q", wait, got, want)
		}
	}
}
