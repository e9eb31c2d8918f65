package address

import (
	"strings"
	"testing"
)

func TestNormal(t *testing.T) {
	t.Parallel()
	same := map[string]string{
		" A@Example.COM\n":     "a@example.com",
		"ü@example.com":        "ü@example.com",
		"U\u0308@example.com":  "ü@example.com",
		"user+tag@example.com": "user+tag@example.com",
		"\u212a@example.com":   "k@example.com", // the Kelvin sign
	}
	for address, want := range same {
		if got, err := Normal(address); got != want || err != nil {
			t.Errorf("%q became %q, %v, want %q", address, got, err, want)
		}
	}
	for name, address := range map[string]string{
		"empty":               "  ",
		"several @":           "a@x@y.com",
		"full-width @":        "a\uff20x.com",
		"a second, small @":   "a@x\ufe6by.com",
		"zero-width space":    "a@x\u200b.com",
		"soft hyphen":         "a\u00ad@x.com",
		"right-to-left":       "a\u202e@x.com",
		"byte order mark":     "\ufeffa@x.com",
		"variation selector":  "a\ufe0f@x.com",
		"invisible letter":    "a\u3164@x.com",
		"line break":          "a@x.com\r\nBcc: b@x.com",
		"zero":                "a\x00@x.com",
		"space":               "\"a b\"@x.com",
		"trailing dot":        "a@x.com.",
		"not UTF-8":           "a\xff@x.com",
		"321 characters":      strings.Repeat("a", 315) + "@x.com",
		"a private character": "a\ue000@x.com",
	} {
		if got, err := Normal(address); err == nil {
			t.Errorf("%s: %q became %q", name, address, got)
		}
	}
	longest := strings.Repeat("a", 314) + "@x.com"
	if got, err := Normal(longest); got != longest || err != nil {
		t.Errorf("320 characters: %v", err)
	}
}

func FuzzNormal(f *testing.F) {
	f.Add("A@b.c")
	f.Add("a\uff20x.com")
	f.Fuzz(func(t *testing.T, address string) {
		once, err := Normal(address)
		if err != nil {
			return
		}
		if twice, err := Normal(once); twice != once || err != nil {
			t.Errorf("%q became %q, and that %q, %v", address, once, twice, err)
		}
	})
}

func TestSame(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"a@x.com", " A@X.COM ", true},
		{"U\u0308@x.com", "\u00fc@x.com", true},
		{"\u017fusan@x.com", "susan@x.com", false}, // the long s folds to s and is another letter
		{"\u03c2@x.com", "\u03c3@x.com", false},    // final and other sigma
		{"\u00b5@x.com", "\u03bc@x.com", false},    // micro and mu
		{"\u212a@x.com", "k@x.com", true},          // the Kelvin sign is stored as k
		{"", "", false},
		{"a@x\u200b.com", "a@x\u200b.com", false}, // no address at all
	} {
		if got := Same(tt.a, tt.b); got != tt.same {
			t.Errorf("%q and %q: %v", tt.a, tt.b, got)
		}
		if got := Key(tt.a) == Key(tt.b); tt.same && !got {
			t.Errorf("%q and %q have budgets of their own", tt.a, tt.b)
		}
	}
}
