package enginetest

import (
	"context"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// hostileTexts are what nobody sends in good faith.
func hostileTexts() map[string]string {
	return map[string]string{
		"empty":         "",
		"space":         " ",
		"NUL":           "a\x00b",
		"not UTF-8":     "a\xff\xfe",
		"long":          strings.Repeat("a", 70_000),
		"SQL":           `'"; DROP TABLE users; --`,
		"pattern":       `%_\`,
		"right to left": "a\u202eb",
		"beyond BMP":    strings.Repeat("😀", 300),
		"path":          "../../etc/passwd",
		"template":      "{{.}} ${x} %s %n",
		"number":        "-1",
		"null":          "null",
		"handle":        "_._.V2",
	}
}

// hostileNumbers are at the ends of what a number can be.
func hostileNumbers() map[string]int64 {
	return map[string]int64{"zero": 0, "minus one": -1, "largest": math.MaxInt64, "smallest": math.MinInt64, "32 bits": math.MaxUint32}
}

// hostileObjects are JSON that hurts, and what is no JSON.
func hostileObjects() map[string]core.Object {
	return map[string]core.Object{
		"null":     nil,
		"no key":   {"": json.RawMessage("1")},
		"NUL":      {"a": json.RawMessage(`"\u0000"`)},
		"NUL key":  {"a\x00": json.RawMessage("1")},
		"no JSON":  {"a": json.RawMessage("{")},
		"no value": {"a": nil},
		"deep":     {"a": json.RawMessage(strings.Repeat("[", 5000) + strings.Repeat("]", 5000))},
		"number":   {"a": json.RawMessage("1e400")},
		"half":     {"a": json.RawMessage(`"\ud800"`)},
	}
}

// hostile puts each of those into each field of each operation. Whatever they
// do, it is an outcome or the caller's mistake, and no fault of the core.
func (s suite) hostile(t *testing.T) {
	_, app := s.newApp(t)
	ctx := context.WithoutCancel(t.Context())
	for _, f := range op.Fields(app, "cdi") {
		kinds := reflect.TypeOf(f.Input()).Elem()
		for i := range kinds.NumField() {
			for name, set := range hostileValues(kinds.Field(i).Type) {
				in := ordinary(f.Input())
				set(in.Field(i))
				_, err := f.Call(ctx, func(to any) error { reflect.ValueOf(to).Elem().Set(in); return nil })
				if outcome := outcomeOf(err); outcome == "error" || outcome == "503" {
					t.Errorf("%s with %s in %s: %v", f.Name, name, kinds.Field(i).Name, err)
				}
			}
		}
	}
	ok(t, app.Service.Ping, struct{}{})
}

// hostileValues returns what to put into a field of the type.
func hostileValues(field reflect.Type) map[string]func(reflect.Value) {
	sets := map[string]func(reflect.Value){}
	switch field.Kind() {
	case reflect.String:
		for name, text := range hostileTexts() {
			sets[name] = func(v reflect.Value) { v.SetString(text) }
		}
	case reflect.Int, reflect.Int64:
		for name, n := range hostileNumbers() {
			sets[name] = func(v reflect.Value) { v.SetInt(n) }
		}
	case reflect.Map:
		for name, o := range hostileObjects() {
			sets[name] = func(v reflect.Value) { v.Set(reflect.ValueOf(o)) }
		}
	case reflect.Slice:
		if field.Elem().Kind() == reflect.String {
			for name, text := range hostileTexts() {
				sets[name] = func(v reflect.Value) { v.Set(reflect.ValueOf([]string{text, text})) }
			}
			break
		}
		for name, n := range hostileNumbers() {
			sets[name] = func(v reflect.Value) { v.Set(reflect.ValueOf([]core.Budget{{Key: name, Burst: n, RefillMs: n}})) }
		}
		sets["none"] = reflect.Value.SetZero
	}
	return sets
}

// ordinary fills in the fields of an input that must not be empty.
func ordinary(in any) reflect.Value {
	v := reflect.ValueOf(in).Elem()
	for i := range v.NumField() {
		switch to := v.Field(i).Addr().Interface().(type) {
		case *string:
			*to = "ordinary"
		case *core.Secret:
			*to = "ordinary"
		case *int64:
			*to = 1
		}
		switch v.Type().Field(i).Name {
		case "TenantID", "From", "AppID", "PaginationToken", "Phone", "Provider", "TimeJoinedOrder", "ThirdPartyID", "ThirdPartyUserID":
			v.Field(i).SetZero()
		case "Method":
			v.Field(i).SetString("token")
		case "Algorithm":
			v.Field(i).SetString("RS256")
		}
	}
	return v
}
