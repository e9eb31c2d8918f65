package jsonscan_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	exact "github.com/go-jose/go-jose/v4/json"

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

// TestMembers is the table of what is an object, and of what stands in it.
func TestMembers(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)
	for in, want := range map[string]string{
		`{}`:                                "",
		" {\t}\r\n":                         "",
		`{"b":1,"a":"x"}`:                   `a="x" b=1`,
		` { "a" : [ 1 , { } , "]" ] } `:     `a=[ 1 , { } , "]" ]`,
		`{"a":{"b":{"a":[[],{"c":null}]}}}`: `a={"b":{"a":[[],{"c":null}]}}`,
		`{"a":-0.5e+10,"b":0,"c":1E9}`:      `a=-0.5e+10 b=0 c=1E9`,
		`{"a":true,"b":false,"c":null}`:     `a=true b=false c=null`,
		`{"\u0061":1,"A":2,"":3}`:           `=3 A=2 a=1`,
		`{"a":"\"\\\/\b\f\n\r\t\u00e9"}`:    `a="\"\\\/\b\f\n\r\t\u00e9"`,
		`{"a":{"x":1,"x":2}}`:               `a={"x":1,"x":2}`,
		`{"a":` + deep + `}`:                `a=` + deep,
	} {
		o, err := jsonscan.Members([]byte(in))
		var got []string
		for _, m := range o {
			got = append(got, string(m.Name)+"="+string(m.Value))
			if string(o.Find(string(m.Name))) != string(m.Value) {
				t.Errorf("%.40s: %q is not found", in, m.Name)
			}
		}
		if strings.Join(got, " ") != want || err != nil {
			t.Errorf("%.40s: %.80q, %v; want %.80q", in, got, err, want)
		}
		if o.Find("no") != nil {
			t.Errorf("%.40s has a member that is not there", in)
		}
	}
	for in, want := range map[string]error{
		`{"a":1,"a":2}`:      jsonscan.ErrTwice,
		`{"a":1,"\u0061":2}`: jsonscan.ErrTwice,
		`null`:               jsonscan.ErrSyntax,
		`[]`:                 jsonscan.ErrSyntax,
		`{"a":1}{}`:          jsonscan.ErrSyntax,
	} {
		if _, err := jsonscan.Members([]byte(in)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", in, err, want)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{`"x"`: "x", `""`: "", `"\u0041\n"`: "A\n", "\"\xff\"": "\ufffd", `"\ud800"`: "\ufffd"} {
		if got, ok := jsonscan.Text([]byte(in)); got != want || !ok {
			t.Errorf("%s: %q, %v", in, got, ok)
		}
	}
	for _, in := range []string{``, `null`, `1`, `["x"]`} {
		if got, ok := jsonscan.Text([]byte(in)); ok {
			t.Errorf("%s is taken for %q", in, got)
		}
	}
}

// FuzzMembers compares with what the JSON library of go-jose reads, which takes
// names exactly and none twice.
func FuzzMembers(f *testing.F) {
	for _, s := range []string{
		`{"a":1,"b":[{"c":"\u0041"}]}`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, ` {"":-0.1e-1} `, `{"a":01}`, `{"a":"` + "\x1f" + `"}`, `{"a":tru}`, `{"a":[1,]}`,
		`{"a":{"b":1}`, `{"a":"\ud800"}`, `{,}`, `{"a"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := jsonscan.Members(b)
		var want map[string]exact.RawMessage
		wantErr := exact.Unmarshal(b, &want)
		if (err == nil) != (wantErr == nil && want != nil) {
			t.Fatalf("%q: %v, want %v", b, err, wantErr)
		}
		if err == nil && len(o) != len(want) {
			t.Fatalf("%q: %d members, want %d", b, len(o), len(want))
		}
		for _, m := range o {
			if string(m.Value) != string(want[string(m.Name)]) {
				t.Errorf("%q: %q is %q, want %q", b, m.Name, m.Value, want[string(m.Name)])
			}
		}
	})
}
