package cdi

import (
	"errors"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// requiredOf returns the names of the required fields of an input, but for
// those in the path.
func requiredOf(in any) (names []string) {
	v := reflect.TypeOf(in).Elem()
	for i := range v.NumField() {
		if name, required := wireName(v.Field(i)); required && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

type everything struct {
	TenantID string                   `path:"tenant" json:"-"`
	Text     string                   `json:"text"`
	Secret   core.Secret              `json:"secret,omitempty"`
	Flag     bool                     `json:"flag,omitempty"`
	Number   int                      `json:"number,omitempty"`
	Long     int64                    `json:"long,omitempty"`
	List     []string                 `json:"list,omitempty"`
	Object   core.Object              `json:"object,omitempty"`
	Budgets  []core.Budget            `json:"budgets,omitempty"`
	Email    core.ThirdPartyEmail     `json:"email,omitzero"`
	Note     op.Optional[string]      `json:"note,omitzero"`
	Maybe    op.Optional[bool]        `json:"maybe,omitzero"`
	Factors  op.Optional[[]string]    `json:"factors,omitzero"`
	Payload  op.Optional[core.Object] `json:"payload,omitzero"`
}

var compare = cmp.AllowUnexported(op.Optional[bool]{}, op.Optional[string]{}, op.Optional[[]string]{}, op.Optional[core.Object]{})

func TestDecodeBody(t *testing.T) {
	t.Parallel()
	full := `{"text":"a","secret":"s","flag":true,"number":-3,"long":1.9e3,"list":["a",""],"object":{"k":1.50},` +
		`"budgets":[{"key":"k","burst":1,"refillMs":2}],"email":{"id":"a@b.c","isVerified":true},"note":null,"maybe":false,"factors":null,"payload":{},"Text":"other","unknown":[1]}`
	want := everything{
		TenantID: "berlin", Text: "a", Secret: "s", Flag: true, Number: -3, Long: 1900, List: []string{"a", ""},
		Object: core.Object{"k": []byte("1.50")}, Budgets: []core.Budget{{Key: "k", Burst: 1, RefillMs: 2}},
		Email: core.ThirdPartyEmail{ID: "a@b.c", IsVerified: true}, Note: op.Null[string](), Maybe: op.Some(false), Factors: op.Null[[]string](), Payload: op.Some(core.Object{}),
	}
	in, err := parseBody([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	var got everything
	if err := in.decode(&got, "berlin"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, compare); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeBodyRefuses(t *testing.T) {
	t.Parallel()
	invalid := func(name string) string { return "Field name '" + name + "' is invalid in JSON input" }
	for body, text := range map[string]string{
		`{}`:                                    invalid("text"),
		`{"text":null}`:                         invalid("text"),
		`{"text":1}`:                            invalid("text"),
		`{"TEXT":"a"}`:                          invalid("text"),
		`{"text":"a","flag":"true"}`:            invalid("flag"),
		`{"text":"a","flag":null}`:              invalid("flag"),
		`{"text":"a","number":"1"}`:             invalid("number"),
		`{"text":"a","long":1e300}`:             invalid("long"),
		`{"text":"a","list":"a"}`:               invalid("list"),
		`{"text":"a","list":null}`:              invalid("list"),
		`{"text":"a","list":["a",null]}`:        invalid("list"),
		`{"text":"a","object":[]}`:              invalid("object"),
		`{"text":"a","object":null}`:            invalid("object"),
		`{"text":"a","budgets":[{"key":"k"}]}`:  invalid("budgets"),
		`{"text":"a","budgets":[null]}`:         invalid("budgets"),
		`{"text":"a","maybe":"true"}`:           invalid("maybe"),
		`{"text":"a","maybe":null}`:             invalid("maybe"),
		`{"text":"a","payload":null}`:           invalid("payload"),
		`{"text":"a","note":1}`:                 invalid("note"),
		`{"text":"a","email":null}`:             invalid("email"),
		`{"text":"a","email":"a@b.c"}`:          invalid("email"),
		`{"text":"a","email":{}}`:               invalid("id"),
		`{"text":"a","email":{"id":"a"}}`:       invalid("isVerified"),
		`{"text":"a","factors":[null]}`:         invalid("factors"),
		`{"text":"a","payload":[]}`:             invalid("payload"),
		`[]`:                                    "Invalid Json Input",
		`null`:                                  "Invalid Json Input",
		`{"text":"a"`:                           "Invalid Json Input",
		`{"text":"\u0000"}`:                     "Invalid Json Input",
		`{"x":` + strings.Repeat("[", 40) + `}`: "Invalid Json Input",
	} {
		in, err := parseBody([]byte(body))
		if err == nil {
			err = in.decode(new(everything), "")
		}
		if bad := new(core.BadInput); !errors.As(err, &bad) || bad.Message != text {
			t.Errorf("%s: %v, want %q", body, err, text)
		}
	}
}

type query struct {
	Text   string            `json:"text"`
	Flag   bool              `json:"flag,omitempty"`
	Both   bool              `json:"both"`
	Number int               `json:"number,omitempty"`
	Long   int64             `json:"long,omitempty"`
	List   []string          `json:"list,omitempty"`
	Maybe  op.Optional[bool] `json:"maybe,omitzero"`
}

func TestDecodeQuery(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		want query
		text string
	}{
		"text=a&both=true":                                  {query{Text: "a", Both: true}, ""},
		"text=&both=false&flag=TRUE&maybe=false":            {query{Flag: true, Maybe: op.Some(false)}, ""},
		"text=a,b&both=true&flag=1&list=a,b&maybe=True":     {query{Text: "a,b", Both: true, List: []string{"a", "b"}, Maybe: op.Some(true)}, ""},
		"text=a&text=b&both=true&number=-1&long=9000000000": {query{Text: "a", Both: true, Number: -1, Long: 9000000000}, ""},
		"both=true":                   {text: "Field name 'text' is missing in GET request"},
		"text=a":                      {text: "Field name 'both' is missing in GET request"},
		"text=a&both=True":            {text: "'both' should be either 'true' or 'false'"},
		"text=a&both=true&number=1.5": {text: "Field name 'number' must be an int in the GET request"},
		"text=a&both=true&long=":      {text: "Field name 'long' must be a long in the GET request"},
		"text=a&both=true&long=1e3":   {text: "Field name 'long' must be a long in the GET request"},
		"text=a%00&both=true":         {text: "Field name 'text' is invalid in GET request"},
		"text=%ff&both=true":          {text: "Field name 'text' is invalid in GET request"},
		"text=%zz&both=true":          {text: "Invalid query in GET request"},
	}
	for raw, tt := range tests {
		var got query
		in, err := readInput(nil, httptest.NewRequest("GET", "/?"+raw, nil))
		if err == nil {
			err = in.decode(&got, "")
		}
		bad := new(core.BadInput)
		if tt.text != "" && (!errors.As(err, &bad) || bad.Message != tt.text) || tt.text == "" && err != nil {
			t.Errorf("%s: %v, want %q", raw, err, tt.text)
		}
		if diff := cmp.Diff(tt.want, got, compare); tt.text == "" && diff != "" {
			t.Errorf("%s (-want +got):\n%s", raw, diff)
		}
	}
}

// TestRoundTrip: what Dial writes, Handler reads.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, f := range operations(new(core.Core), new(protocol)) {
		in := reflect.New(reflect.TypeOf(f.Input()).Elem())
		fill(in.Elem())
		m, err := encode(f, in.Interface())
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(m.method, "http://host"+m.path+"?"+m.query, strings.NewReader(string(m.body)))
		got := f.Input()
		wire, err := readInput(httptest.NewRecorder(), r)
		if err == nil {
			err = wire.decode(got, splitPath(m.path, newTable().has).tenant)
		}
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		} else if diff := cmp.Diff(in.Interface(), got, compare); diff != "" {
			t.Errorf("%s (-sent +received):\n%s", f.Name, diff)
		}
	}
}

// fill sets every field of a struct to something.
func fill(v reflect.Value) {
	for i := range v.NumField() {
		switch to := v.Field(i).Addr().Interface().(type) {
		case *string:
			*to = "a-1"
		case *core.Secret:
			*to = "s%&= é"
		case *bool:
			*to = true
		case *int:
			*to = 7
		case *int64:
			*to = 1 << 40
		case *[]string:
			*to = []string{"a", "b c"}
		case *core.Object:
			*to = core.Object{"k": []byte(`{"a":[1.50]}`)}
		case *[]core.Budget:
			*to = []core.Budget{{Key: "k", Burst: 1, RefillMs: 2}}
		case *op.Optional[bool]:
			*to = op.Some(false)
		case *op.Optional[string]:
			*to = op.Null[string]()
		case *core.ThirdPartyEmail:
			*to = core.ThirdPartyEmail{ID: "a@b.c", IsVerified: true}
		case *op.Optional[[]string]:
			*to = op.Null[[]string]()
		case *op.Optional[core.Object]:
			*to = op.Some(core.Object{})
		default:
			panic(v.Type().Field(i).Name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"text":"a","list":["a"],"budgets":[{"key":"k","burst":1,"refillMs":2}],"maybe":null}`, "text=a&both=true&list=a,b")
	f.Add(`{"text":"\ud800"}`, "%")
	f.Fuzz(func(t *testing.T, body, rawQuery string) {
		if in, err := parseBody([]byte(body)); err == nil {
			_ = in.decode(new(everything), "")
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.RawQuery = rawQuery
		in, err := readInput(nil, r)
		if err != nil {
			return
		}
		var got query
		if in.decode(&got, "") == nil && strings.Contains(got.Text+strings.Join(got.List, ""), "\x00") {
			t.Error("a NUL got through")
		}
	})
}

// TestDecodeStrings: an array of other things than strings is named as such,
// where clients know it.
func TestDecodeStrings(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"userIds":["a",1]}`:    "userIds array must contain only strings",
		`{"userIds":[null]}`:     "userIds array must contain only strings",
		`{"userIds":[["a"]]}`:    "userIds array must contain only strings",
		`{"userIds":"a"}`:        "Field name 'userIds' is invalid in JSON input",
		`{"userIds":null}`:       "Field name 'userIds' is invalid in JSON input",
		`{}`:                     "Field name 'userIds' is invalid in JSON input",
		`{"userIds":["a", "b"]}`: "",
	} {
		in, err := parseBody([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		err = in.decode(new(core.ManyUsers), "")
		if got := new(core.BadInput); errors.As(err, &got) != (want != "") || got.Message != want {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
}
