package emailpassword

import (
	"context"
	_ "embed"
	"strings"
	"unicode/utf16"

	"github.com/posternauth/postern/internal/address"
)

// The built-in validators, with the messages that clients and people know
// (FDI §4.2).

func validateEmail(_ context.Context, value any, _ string) string {
	email, ok := value.(string)
	if !ok {
		return "Development bug: Please make sure the email field yields a string"
	}
	if !address.IsEmail(email) {
		return "Email is invalid"
	}
	return ""
}

func validatePassword(_ context.Context, value any, _ string) string {
	password, ok := value.(string)
	if !ok {
		return "Development bug: Please make sure the password field yields a string"
	}
	units := len(utf16.Encode([]rune(password)))
	switch {
	case units < 8:
		return "Password must contain at least 8 characters, including a number"
	case units >= 100:
		return "Password's length must be lesser than 100 characters"
	case !strings.ContainsFunc(password, func(c rune) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }):
		return "Password must contain at least one alphabet"
	case !strings.ContainsFunc(password, func(c rune) bool { return c >= '0' && c <= '9' }):
		return "Password must contain at least one number"
	case isCommon(password):
		return "This password is among those that are tried first. Please choose another one"
	}
	return ""
}

// common holds passwords that pass the rules above and that guessers try
// first, in lower case, one a line.
//
//go:embed common-passwords.txt
var common string

func isCommon(password string) bool {
	return strings.Contains("\n"+common, "\n"+strings.ToLower(password)+"\n") && !strings.Contains(password, "\n")
}
