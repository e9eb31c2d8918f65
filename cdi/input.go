package cdi

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/jsonscan"
)

// maxBody is how large a request may be, in bytes.
const maxBody = 1 << 20

// input is what a request says: a query, or the members of a JSON object.
type input struct {
	query url.Values // nil when there is a body
	body  map[string]json.RawMessage
}

// readInput reads the query of a GET or DELETE and the body of the others.
func readInput(w http.ResponseWriter, r *http.Request) (input, error) {
	if hasQuery(r.Method) {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return input{}, core.Bad("Invalid query in GET request")
		}
		return input{query: query}, nil
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return input{}, &refusal{http.StatusRequestEntityTooLarge, "Request body is larger than 1 MB"}
	} else if err != nil {
		return input{}, core.Bad("Invalid Json Input")
	}
	return parseBody(b)
}

// hasQuery reports whether the input of a method is a query, and not a body.
func hasQuery(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodDelete
}

// parseBody reads a JSON object. No body at all is an empty object.
func parseBody(b []byte) (input, error) {
	in := input{body: map[string]json.RawMessage{}}
	if len(b) == 0 {
		return in, nil
	}
	if jsonscan.Check(b) != nil || json.Unmarshal(b, &in.body) != nil || in.body == nil {
		return input{}, core.Bad("Invalid Json Input")
	}
	return in, nil
}

// decode fills in to, a pointer to the input of an operation, by the rules of
// package core: what its json tag does not call optional is required.
func (in input) decode(to any, tenant string) error {
	v := reflect.ValueOf(to).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, required := wireName(f)
		var err error
		switch {
		case f.Tag.Get("path") == "tenant":
			v.Field(i).SetString(tenant)
		case name == "-":
		case in.query != nil:
			err = in.decodeQuery(v.Field(i), name, required)
		default:
			err = in.decodeBody(v.Field(i), name, required)
			if err != nil && f.Tag.Get("of") == "strings" && isArray(in.body[name]) {
				err = core.Bad("%s array must contain only strings", name)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isArray reports whether a value is one, whatever is in it.
func isArray(raw json.RawMessage) bool {
	var elements []json.RawMessage
	return json.Unmarshal(raw, &elements) == nil && elements != nil
}

// wireName reads the json tag of a field.
func wireName(f reflect.StructField) (name string, required bool) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name, !strings.Contains(options, "omit")
}

func (in input) decodeBody(v reflect.Value, name string, required bool) error {
	raw, there := in.body[name]
	if !there && !required {
		return nil
	}
	if inner, ok := objectIn(v, raw); ok {
		return inner.decode(v.Addr().Interface(), "") // which names the inner field
	}
	if !there || !assign(v, raw) {
		return core.Bad("Field name '%s' is invalid in JSON input", name)
	}
	return nil
}

// objectIn returns the members of an object that a struct is read from.
func objectIn(v reflect.Value, raw json.RawMessage) (inner input, ok bool) {
	if v.Kind() != reflect.Struct || isOptional(v) {
		return input{}, false
	}
	err := json.Unmarshal(raw, &inner.body)
	return inner, err == nil && inner.body != nil
}

// isOptional reports whether v is an op.Optional.
func isOptional(v reflect.Value) bool {
	_, ok := v.Addr().Interface().(json.Unmarshaler)
	return ok && v.Kind() == reflect.Struct
}

// assign sets v to a JSON value of exactly its type. null is a value of an
// op.Optional only, where it takes a text or a list away.
func assign(v reflect.Value, raw json.RawMessage) bool {
	if isOptional(v) {
		scratch := reflect.New(optionalType(v)).Elem()
		removed := string(raw) == "null" && (scratch.Kind() == reflect.String || scratch.Kind() == reflect.Slice)
		return (removed || assign(scratch, raw)) && v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(raw) == nil
	}
	switch v.Kind() {
	case reflect.String, reflect.Bool, reflect.Map:
		return string(raw) != "null" && json.Unmarshal(raw, v.Addr().Interface()) == nil
	case reflect.Int, reflect.Int64:
		n, ok := wholeNumber(raw)
		v.SetInt(n)
		return ok
	case reflect.Slice:
		return assignSlice(v, raw)
	case reflect.Struct:
		return assignStruct(v, raw)
	}
	return false
}

// optionalType returns the T of an op.Optional[T].
func optionalType(v reflect.Value) reflect.Type {
	return v.MethodByName("Get").Type().Out(0)
}

// wholeNumber reads a number and drops its fraction: some clients know only
// floating-point numbers.
func wholeNumber(raw json.RawMessage) (int64, bool) {
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	return int64(f), err == nil && math.Abs(f) < 1<<53
}

func assignSlice(v reflect.Value, raw json.RawMessage) bool {
	var elements []json.RawMessage
	if json.Unmarshal(raw, &elements) != nil || elements == nil {
		return false
	}
	v.Set(reflect.MakeSlice(v.Type(), len(elements), len(elements)))
	for i, element := range elements {
		if !assign(v.Index(i), element) {
			return false
		}
	}
	return true
}

func assignStruct(v reflect.Value, raw json.RawMessage) bool {
	in, ok := objectIn(v, raw)
	return ok && in.decode(v.Addr().Interface(), "") == nil
}

func (in input) decodeQuery(v reflect.Value, name string, required bool) error {
	text := in.query.Get(name)
	switch {
	case !in.query.Has(name) && required:
		return core.Bad("Field name '%s' is missing in GET request", name)
	case !in.query.Has(name):
		return nil
	case !utf8.ValidString(text) || strings.Contains(text, "\x00"):
		return core.Bad("Field name '%s' is invalid in GET request", name)
	}
	return assignText(v, name, text, required)
}

// assignText sets v to what a query says.
func assignText(v reflect.Value, name, text string, required bool) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		if required && text != "true" && text != "false" {
			return core.Bad("'%s' should be either 'true' or 'false'", name)
		}
		v.SetBool(strings.EqualFold(text, "true"))
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return core.Bad("Field name '%s' must be %s in the GET request", name, numberNames[v.Kind()])
		}
		v.SetInt(n)
	case reflect.Slice: // of strings, separated by commas
		v.Set(reflect.ValueOf(strings.FieldsFunc(text, func(r rune) bool { return r == ',' })))
	case reflect.Struct: // op.Optional[bool] is the only one in a query
		optional := v.Addr().Interface().(json.Unmarshaler)
		return optional.UnmarshalJSON([]byte(strconv.FormatBool(strings.EqualFold(text, "true"))))
	}
	return nil
}

var numberNames = map[reflect.Kind]string{reflect.Int: "an int", reflect.Int64: "a long"}
