package lambda

import (
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
