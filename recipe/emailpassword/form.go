package emailpassword

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
)

const (
	emailField    = "email"
	passwordField = "password"
)

// Field is a field of the sign-up form.
type Field struct {
	ID string
	// Optional fields may be missing or empty.
	Optional bool
	// Validate returns what is wrong with a value, for people to read, or "".
	// value is any JSON value; for email and password it is a string.
	Validate func(ctx context.Context, value any, tenantID string) string
}

// Form is the fields that a client sent.
type Form []FormField

// FormField is one field that a client sent.
type FormField struct {
	ID    string          `json:"id"`
	Value json.RawMessage `json:"value"`
}

// Text returns the value of a field that is a string, or "".
func (f Form) Text(id string) string {
	var s string
	if v := f.find(id); v != nil && json.Unmarshal(v.Value, &s) != nil {
		return ""
	}
	return s
}

func (f Form) find(id string) *FormField {
	for i := range f {
		if f[i].ID == id {
			return &f[i]
		}
	}
	return nil
}

// UnmarshalJSON reads the fields, with the messages that clients know.
func (f *Form) UnmarshalJSON(b []byte) error {
	var elements []json.RawMessage
	if err := json.Unmarshal(b, &elements); err != nil || elements == nil {
		return core.Bad("formFields must be an array")
	}
	*f = make(Form, len(elements))
	for i, raw := range elements {
		if len(raw) == 0 || raw[0] != '{' {
			return core.Bad("All elements of formFields must be an object")
		}
		if err := json.Unmarshal(raw, &(*f)[i]); err != nil || (*f)[i].ID == "" || (*f)[i].Value == nil {
			return core.Bad("All elements of formFields must contain an 'id' and 'value' field")
		}
	}
	return nil
}

// check validates a form against the fields that it should have. It returns
// the form with the email trimmed. What a program got wrong is a bad input;
// what a person did is field errors.
func check(ctx context.Context, form Form, fields []Field, tenantID string) (Form, error) {
	if err := checkShape(form, fields); err != nil {
		return nil, err
	}
	form = trimEmail(form)
	var bad fdi.FieldErrors
	for _, field := range fields {
		if problem := field.check(ctx, form.find(field.ID), tenantID); problem != "" {
			bad.FormFields = append(bad.FormFields, fdi.FieldError{ID: field.ID, Error: problem})
		}
	}
	if len(bad.FormFields) > 0 {
		return nil, &bad
	}
	return form, nil
}

func checkShape(form Form, fields []Field) error {
	if form == nil {
		return core.Bad("Missing input param: formFields")
	}
	for _, id := range []string{emailField, passwordField} {
		if f := form.find(id); f != nil && f.Value[0] != '"' {
			return core.Bad("%s value must be a string", id)
		}
	}
	if len(form) > len(fields) {
		return core.Bad("Are you sending too many formFields?")
	}
	return nil
}

func trimEmail(form Form) Form {
	out := append(Form(nil), form...)
	if f := out.find(emailField); f != nil {
		trimmed, err := json.Marshal(strings.TrimSpace(form.Text(emailField)))
		if err == nil { // a string always is JSON
			f.Value = trimmed
		}
	}
	return out
}

func (field Field) check(ctx context.Context, given *FormField, tenantID string) string {
	if given == nil || isEmpty(given.Value) {
		if field.Optional {
			return ""
		}
		return "Field is not optional"
	}
	if field.Validate == nil {
		return ""
	}
	var value any
	if err := json.Unmarshal(given.Value, &value); err != nil {
		return "Field is not valid JSON"
	}
	return field.Validate(ctx, value, tenantID)
}

func isEmpty(raw json.RawMessage) bool {
	return bytes.Equal(raw, []byte("null")) || bytes.Equal(raw, []byte(`""`))
}

// signUpFields completes the fields of an application: email and password are
// always there, never optional, and have validators.
func signUpFields(own []Field) []Field {
	fields := append([]Field(nil), own...)
	for _, must := range []Field{{ID: passwordField, Validate: validatePassword}, {ID: emailField, Validate: validateEmail}} {
		if i := indexOf(fields, must.ID); i < 0 {
			fields = append(fields, must)
		} else {
			fields[i].Optional = false
			if fields[i].Validate == nil {
				fields[i].Validate = must.Validate
			}
		}
	}
	return fields
}

func fieldOf(fields []Field, id string) Field { return fields[indexOf(fields, id)] }

func indexOf(fields []Field, id string) int {
	for i, f := range fields {
		if f.ID == id {
			return i
		}
	}
	return -1
}
