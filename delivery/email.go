package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
)

// Sender sends one mail. It returns when the mail is handed over or cannot be:
// a *core.Unavailable is worth another try later, any other error is not.
type Sender interface {
	Send(ctx context.Context, mail Email) error
}

// Email is a mail to one reader.
type Email struct {
	To      string // a bare address: "ada@example.com"
	Subject string // one line
	Text    string // always there
	HTML    string // optional; the same in HTML
}

// check reports every reason why the mail cannot be sent. No header can be
// smuggled in: a line break never gets past it.
func (e Email) check() error {
	var errs []error
	if err := checkAddress(e.To); err != nil {
		errs = append(errs, fmt.Errorf("delivery: To: %w", err))
	}
	if e.Subject == "" || hasControl(e.Subject) {
		errs = append(errs, fmt.Errorf("delivery: Subject: %q must be one line of text", e.Subject))
	}
	if e.Text == "" {
		errs = append(errs, errors.New("delivery: Text: is empty, and every mail needs a plain form"))
	}
	return errors.Join(errs...)
}

// checkAddress accepts a bare address only: no name, no list, no comment.
func checkAddress(address string) error {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || hasControl(address) {
		return fmt.Errorf("%q must be a bare address like ada@example.com", address)
	}
	return nil
}

// hasControl reports control characters, line breaks among them.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}
