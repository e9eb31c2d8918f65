package op

import (
	"bytes"
	"encoding/json"
)

// Optional is a value that may be absent or null on the wire. Its zero value
// is absent, and is left out of JSON when the field's tag says omitzero.
// Plain fields tagged omitempty are optional too; Optional is for those whose
// zero value means something else than absence.
type Optional[T any] struct {
	value T
	state presence
}

type presence uint8

const (
	absent presence = iota
	null
	given
)

// Some returns an Optional that holds v.
func Some[T any](v T) Optional[T] { return Optional[T]{v, given} }

// Null returns an Optional that is null on the wire.
func Null[T any]() Optional[T] { return Optional[T]{state: null} }

// Get returns the value, and whether there is one: neither absent nor null.
func (o Optional[T]) Get() (T, bool) { return o.value, o.state == given }

// Or returns the value, or def when it is absent or null.
func (o Optional[T]) Or(def T) T {
	if o.state == given {
		return o.value
	}
	return def
}

// IsZero reports whether the field is absent.
func (o Optional[T]) IsZero() bool { return o.state == absent }

// IsNull reports whether the field is there and null.
func (o Optional[T]) IsNull() bool { return o.state == null }

// MarshalJSON writes the value, or null.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if o.state != given {
		return []byte("null"), nil
	}
	return json.Marshal(o.value)
}

// UnmarshalJSON reads the value, or null.
func (o *Optional[T]) UnmarshalJSON(b []byte) error {
	*o = Optional[T]{}
	if bytes.Equal(b, []byte("null")) {
		o.state = null
		return nil
	}
	o.state = given
	return json.Unmarshal(b, &o.value)
}
