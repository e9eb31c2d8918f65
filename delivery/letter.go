package delivery

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	html "html/template"
	"net/url"
	"strings"
	text "text/template"
	"time"
)

//go:embed templates
var files embed.FS

// PasswordReset is the mail to somebody who forgot the password.
type PasswordReset struct {
	AppName string
	To      string
	Link    string // where a new password can be chosen; http or https
}

// Email writes the mail. It fails when a field is missing or is not what its
// comment says.
func (p PasswordReset) Email() (Email, error) {
	return letter{
		name:    "password_reset",
		Subject: "Reset your " + p.AppName + " password",
		AppName: p.AppName, To: p.To, Link: p.Link,
	}.email()
}

// VerifyEmail is the mail that proves that an address is its reader's.
type VerifyEmail struct {
	AppName string
	To      string
	Link    string // where the address can be confirmed; http or https
	Code    string // optional: what to type where the link cannot be opened
}

// Email writes the mail. It fails when a field is missing or is not what its
// comment says.
func (v VerifyEmail) Email() (Email, error) {
	return letter{
		name:    "verify_email",
		Subject: "Confirm your email address for " + v.AppName,
		AppName: v.AppName, To: v.To, Link: v.Link, Code: inGroups(v.Code),
	}.email()
}

// Disarmed is the mail which says that a password was replaced, because the
// address was proved by who need not have made the account.
type Disarmed struct {
	AppName string
	To      string
	Link    string    // where a new password can be asked for; http or https
	Made    time.Time // when the account was made
}

// Email writes the mail. It fails when a field is missing or is not what its
// comment says.
func (d Disarmed) Email() (Email, error) {
	return letter{
		name:    "disarmed",
		Subject: "The password of your " + d.AppName + " account was replaced",
		AppName: d.AppName, To: d.To, Link: d.Link, Made: d.Made.UTC().Format("2 January 2006"),
	}.email()
}

// inGroups splits a code of eight in the middle, which is easier to copy.
func inGroups(code string) string {
	if len(code) != 8 {
		return code
	}
	return code[:4] + " " + code[4:]
}

// letter is what the templates know.
type letter struct {
	name                             string
	AppName, To, Link, Code, Subject string
	LinkOptional                     bool
	Life                             string // of the link and the code, if the mail tells it
	Made                             string // when the account was made, if the mail tells it
	What                             string // was changed
}

func (l letter) email() (Email, error) {
	if err := l.check(); err != nil {
		return Email{}, err
	}
	plain, err := l.text()
	if err != nil {
		return Email{}, fmt.Errorf("delivery: %w", err)
	}
	rich, err := l.html()
	if err != nil {
		return Email{}, fmt.Errorf("delivery: %w", err)
	}
	return Email{To: l.To, Subject: l.Subject, Text: plain, HTML: rich}, nil
}

func (l letter) check() error {
	var errs []error
	if strings.TrimSpace(l.AppName) == "" || hasControl(l.AppName) {
		errs = append(errs, fmt.Errorf("delivery: AppName: %q must be one line of text", l.AppName))
	}
	if err := checkAddress(l.To); err != nil {
		errs = append(errs, fmt.Errorf("delivery: To: %w", err))
	}
	// The link is not repeated in the error: it is a secret.
	if l.Link == "" && l.LinkOptional {
		// there is a code
	} else if u, err := url.Parse(l.Link); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsAny(l.Link, " \t\r\n") {
		errs = append(errs, errors.New("delivery: Link: must be a whole address that begins with https:// or http://"))
	}
	if hasControl(l.Code) {
		errs = append(errs, errors.New("delivery: Code: must be one line of text"))
	}
	return errors.Join(errs...)
}

func (l letter) text() (string, error) {
	t, err := text.ParseFS(files, "templates/layout.txt", "templates/"+l.name+".txt")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.ExecuteTemplate(&b, "layout.txt", l)
	return b.String(), err
}

func (l letter) html() (string, error) {
	t, err := html.ParseFS(files, "templates/layout.html", "templates/"+l.name+".html")
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = t.ExecuteTemplate(&b, "layout.html", l)
	return b.String(), err
}
