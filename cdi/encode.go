package cdi

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// message is a request as it goes to whichever host is next.
type message struct {
	method, path string
	query        string
	body         []byte // nil when the method has a query
	rid          string
	maxReply     int64
}

// encode writes the input of an operation, a pointer to a struct, as request.
func encode(f op.Field, in any) (message, error) {
	m := message{method: f.Method, path: f.Path, rid: f.Tag.Get("rid"), maxReply: maxReply}
	query, body := url.Values{}, map[string]any{}
	v := reflect.ValueOf(in).Elem()
	for i := range v.NumField() {
		decl := v.Type().Field(i)
		name, required := wireName(decl)
		value := v.Field(i)
		switch {
		case decl.Tag.Get("path") == "tenant":
			if err := m.setTenant(value.String()); err != nil {
				return message{}, err
			}
		case name == "-" || !required && isZero(value):
		case hasQuery(f.Method):
			query.Set(name, queryText(value))
		default:
			body[name] = bodyValue(value)
		}
	}
	m.query = query.Encode()
	if hasQuery(f.Method) {
		return m, nil
	}
	b, err := json.Marshal(body)
	if err != nil { // an object that is none
		return message{}, core.Bad("Invalid Json Input")
	}
	m.body = b
	return m, nil
}

// setTenant puts the tenant into the path. Without one the path has no segment
// for it. An id that no tenant can have never becomes another path.
func (m *message) setTenant(id string) error {
	segment := ""
	if id != "" {
		proper, err := core.TenantID(id)
		if err != nil {
			return &core.TenantNotFound{AppID: core.Public, TenantID: id}
		}
		segment = "/" + proper
	}
	m.path = strings.Replace(m.path, tenantSegment, segment, 1)
	return nil
}

// isZero reports whether an optional field is absent.
func isZero(v reflect.Value) bool {
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok {
		return z.IsZero()
	}
	return v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 || v.Kind() == reflect.Map && v.Len() == 0
}

func queryText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Slice:
		return strings.Join(v.Interface().([]string), ",")
	}
	b, _ := json.Marshal(v.Interface()) // op.Optional[bool] is the only one left
	return string(b)
}

// bodyValue is what json writes for v, where nothing is empty and not null.
func bodyValue(v reflect.Value) any {
	switch {
	case v.Kind() == reflect.Map && v.IsNil():
		return struct{}{}
	case v.Kind() == reflect.Slice && v.IsNil():
		return []struct{}{}
	}
	return v.Interface()
}
