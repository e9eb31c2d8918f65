package kernel

import (
	"strings"
	"testing"
)

func TestEmail(t *testing.T) {
	t.Parallel()
	same := map[string]string{
		" A@Example.COM\n":     "a@example.com",
		"ü@example.com":        "ü@example.com",
		"U\u0308@example.com":  "ü@example.com",
		"user+tag@example.com": "user+tag@example.com",
		"\u212a@example.com":   "k@example.com", // the Kelvin sign
	}
	for address, want := range same {
		if got, err := Email(address); got != want || err != nil {
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
		if got, err := Email(address); err == nil {
			t.Errorf("%s: %q became %q", name, address, got)
		}
	}
	longest := strings.Repeat("a", 314) + "@x.com"
	if got, err := Email(longest); got != longest || err != nil {
		t.Errorf("320 characters: %v", err)
	}
}

func FuzzEmail(f *testing.F) {
	f.Add("A@b.c")
	f.Add("a\uff20x.com")
	f.Fuzz(func(t *testing.T, address string) {
		once, err := Email(address)
		if err != nil {
			return
		}
		if twice, err := Email(once); twice != once || err != nil {
			t.Errorf("%q became %q, and that %q, %v", address, once, twice, err)
		}
	})
}

func TestPhone(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"+14155552671":           "+14155552671",
		" +1 (415) 555-2671 ":    "+14155552671",
		"+44 20 7946 0958":       "+442079460958",
		"+49 (0) 30 901820":      "+4930901820",
		"4155552671":             "4155552671", // of which country?
		" extension 12 ":         "extension 12",
		"+":                      "+",
		"":                       "",
		" \t":                    "",
		"+1415555\u202e2671":     "",
		"+1415555\xff2671":       "",
		strings.Repeat("1", 257): "",
	} {
		got, err := Phone(number)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v, want %q", number, got, err, want)
		}
	}
}
