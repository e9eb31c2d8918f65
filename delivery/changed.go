package delivery

import (
	"context"
	"errors"
)

// AccountChanged is the mail that tells somebody what was changed in their
// account, and what to do if it was somebody else.
type AccountChanged struct {
	AppName string
	To      string
	What    string // a sentence: "A new password was set."
	Link    string // optional: where a new password can be asked for; http or https
}

// Email writes the mail. It fails when a field is missing or is not what its
// comment says.
func (c AccountChanged) Email() (Email, error) {
	if c.What == "" || hasControl(c.What) {
		return Email{}, errors.New("delivery: What: must be one line of text that says what was changed")
	}
	return letter{
		name: "account_changed", Subject: "Your " + c.AppName + " account was changed",
		AppName: c.AppName, To: c.To, Link: c.Link, LinkOptional: true, What: c.What,
	}.email()
}

// SendAll sends it to several addresses. One that cannot be reached does not
// keep it from the others.
func (c AccountChanged) SendAll(ctx context.Context, by Sender, addresses []string) error {
	var errs []error
	for _, c.To = range addresses {
		mail, err := c.Email()
		if err == nil {
			err = by.Send(ctx, mail)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
