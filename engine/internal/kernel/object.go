package kernel

import (
	"bytes"
	"encoding/json"

	"github.com/posternauth/postern/core"
)

// Encode returns an object as it is stored: compact, with its keys in order
// and the text of its values as it was. field is for the error.
func Encode(field string, o core.Object) (string, error) {
	if len(o) == 0 {
		return "{}", nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(o); err != nil {
		return "", core.Bad("%s is not valid JSON", field)
	}
	return string(bytes.TrimSpace(b.Bytes())), nil
}

// IsNull reports a value that takes a key away: null, or none at all.
func IsNull(value json.RawMessage) bool {
	value = bytes.TrimSpace(value)
	return len(value) == 0 || string(value) == "null"
}

// Decode reads what Encode wrote.
func Decode(text string) (core.Object, error) {
	o := core.Object{}
	err := json.Unmarshal([]byte(text), &o)
	return o, err
}
