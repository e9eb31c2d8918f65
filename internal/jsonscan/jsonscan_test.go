package jsonscan_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/posternauth/postern/internal/jsonscan"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for in, want := range map[string]error{
		`{"a":[1,"x",null,true]}`:       nil,
		`"\ud83d\ude00 \u00e9 \\u0000"`: nil,
		`"brackets in text [[[[ \" ["`:  nil,
		deep(32):                        nil,
		deep(33):                        jsonscan.ErrDepth,
		strings.Repeat("[", 200_000):    jsonscan.ErrDepth,
		`{`:                             jsonscan.ErrSyntax,
		``:                              jsonscan.ErrSyntax,
		"\"\xff\"":                      jsonscan.ErrEncoding,
		`"\u0000"`:                      jsonscan.ErrNUL,
		"\"\x00\"":                      jsonscan.ErrSyntax,
		`"\ud800"`:                      jsonscan.ErrSurrogate,
		`"\ud800\u0041"`:                jsonscan.ErrSurrogate,
		`"\udc00\ud800"`:                jsonscan.ErrSurrogate,
	} {
		if err := jsonscan.Check([]byte(in)); !errors.Is(err, want) {
			t.Errorf("%.40s: %v, want %v", in, err, want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `"\ud83d\ude00"`, `"\u0000"`, `[[[`, `"\ud800`, `\`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if jsonscan.Check(b) != nil {
			return
		}
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatalf("passed, but does not decode: %v", err)
		}
		if s, ok := v.(string); ok && strings.Contains(s, "\x00") {
			t.Fatal("a NUL got through")
		}
	})
}
