package kernel

import (
	"strings"
	"testing"
)

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
