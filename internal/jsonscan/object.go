package jsonscan

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"unicode/utf8"
)

// ErrTwice is a name that an object has more than once.
var ErrTwice = errors.New("a name comes twice")

// Object is the members of a JSON object, in the order of their names. Nothing
// of it is decoded but the names.
type Object []Member

// Member is a member of an object. Value is its JSON text, a part of that of
// the object.
type Member struct{ Name, Value []byte }

// Members reads a JSON object in one pass. Names are told apart exactly, after
// their escapes are decoded, and none may come twice. What is deeper in the
// object is only checked to be JSON. It fails with [ErrSyntax] and [ErrTwice].
func Members(text []byte) (Object, error) {
	s := scanner{text: text}
	o, ok := s.members()
	if s.space(); !ok || s.at < len(text) {
		return nil, ErrSyntax
	}
	slices.SortFunc(o, func(a, b Member) int { return bytes.Compare(a.Name, b.Name) })
	for i := 1; i < len(o); i++ {
		if bytes.Equal(o[i].Name, o[i-1].Name) {
			return nil, ErrTwice
		}
	}
	return o, nil
}

// Find returns the value of a member, or nil if there is none.
func (o Object) Find(name string) []byte {
	i, found := slices.BinarySearchFunc(o, name, func(m Member, name string) int {
		switch {
		case string(m.Name) == name:
			return 0
		case string(m.Name) < name:
			return -1
		}
		return 1
	})
	if !found {
		return nil
	}
	return o[i].Value
}

// Text decodes a JSON string. It is false when the value is something else.
func Text(value []byte) (string, bool) {
	if len(value) == 0 || value[0] != '"' {
		return "", false
	}
	s, ok := unquote(value)
	return string(s), ok
}

// unquote decodes a JSON string. If nothing is escaped it is a part of quoted.
func unquote(quoted []byte) ([]byte, bool) {
	inside := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inside, '\\') < 0 && utf8.Valid(inside) {
		return inside, true
	}
	var s string
	err := json.Unmarshal(quoted, &s)
	return []byte(s), err == nil
}
