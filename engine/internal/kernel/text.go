package kernel

import (
	"strings"
	"unicode"

	"github.com/posternauth/postern/core"
)

// MaxText bounds ids and names, in bytes: they stand in the keys of tables,
// which databases bound too.
const MaxText = 512

// OrPublic returns the tenant, or the app, that an id means: the one that it is
// another spelling of, and public if it is empty. What is no id stays what it
// is, and nobody has it.
func OrPublic(id string) string {
	if proper, err := core.TenantID(id); err == nil {
		return proper
	}
	return id
}

// Name trims a name and refuses an empty one.
func Name(field, value string) (string, error) {
	value = strings.TrimSpace(value)
	if value == "" {
		return "", core.Bad("Field name '%s' cannot be an empty String", field)
	}
	return value, Short(field, value)
}

// CheckUserID refuses ids that no user can have.
func CheckUserID(id string) error {
	if id == "" {
		return core.Bad("Field name 'userId' cannot be an empty String")
	}
	return Short("userId", id)
}

// Short refuses a text of more than [MaxText] bytes.
func Short(field, value string) error {
	if len(value) > MaxText {
		return core.Bad("Field name '%s' is too long: at most %d bytes are allowed", field, MaxText)
	}
	return nil
}

// WithoutSpaces returns a code as it was meant: people type it in groups.
func WithoutSpaces(code string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, code)
}
