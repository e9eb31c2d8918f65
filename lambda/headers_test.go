package lambda

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// FuzzReadHeaders holds the short way to what encoding/json reads.
func FuzzReadHeaders(f *testing.F) {
	for _, s := range []string{
		`{}`, `null`, `[]`, `{"a":"b"}`, `{"a":["b","c"],"d":[]}`, `{"a":"\"Chromium\";v=\"140\"","b":"\u00e9\\"}`, `{ "a" : "b" }`, `{"a":["b"],"c":"d"}`,
		`{"a":null}`, `{"a":[null]}`, `{"a":1}`, `{"a":"b","a":"c"}`, `{"a":["b" ,"c"]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if !json.Valid(b) || !utf8.Valid(b) {
			return
		}
		got := readHeaders(b)
		var multi map[string][]string
		var single map[string]string
		want := map[string][]string(nil)
		switch {
		case b[0] != '{':
			return // with white space before it, it is no event of a gateway
		case json.Unmarshal(b, &multi) == nil:
			want = multi
		case json.Unmarshal(b, &single) == nil:
			want = map[string][]string{}
			for name, value := range single {
				want[name] = []string{value}
			}
		default:
			return // both forms in one: any reading will do
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", b, diff)
		}
	})
}

// FuzzTakeHeaders holds an event without its headers to what encoding/json
// reads of the whole.
func FuzzTakeHeaders(f *testing.F) {
	for _, s := range []string{
		`{}`, `null`, `{"headers":{"a":"b"},"path":"/"}`, `{"path":"/","multiValueHeaders":{"a":["}",","]},"headers":{"a":"\\\""}}`, `{"headers":null}`,
		`{"body":"{\"headers\":{}}","headers":{}}`, `{"headers":{"a":"b"} }`, `{"headers":{"a":"b"}}x`, `{"headers":{}}`, `{"headers":[]}`, `{ "headers":{}}`,
		`{"requestContext":{"headers":{"a":"b"},"http":{"method":"GET"}},"headers":{"c":"d"}}`, `{"headers":`, `{"headers":{"a":"\"}}`, `{"a"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		lower := bytes.ToLower(b)
		if bytes.Count(lower, []byte(`"headers"`)) > 1 || bytes.Count(lower, []byte(`"multivalueheaders"`)) > 1 || bytes.Contains(b, []byte(`\u`)) {
			return // the same name twice, perhaps in another spelling: any of them will do
		}
		want, got := new(event), new(event)
		if !utf8.Valid(b) || json.Unmarshal(b, want) != nil {
			got.takeHeaders(b) // it does not matter what it makes of that
			return
		}
		if err := json.Unmarshal(got.takeHeaders(b), got); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", b, diff)
		}
	})
}
