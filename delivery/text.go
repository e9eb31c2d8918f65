package delivery

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// TextSender sends one text message. It returns when the message is handed
// over or cannot be: a *core.Unavailable is worth another try later.
type TextSender interface {
	SendText(ctx context.Context, text Text) error
}

// Text is a text message to a phone.
type Text struct {
	To   string // E.164: "+12025550143"
	Body string
}

func (t Text) check() error {
	var errs []error
	if !strings.HasPrefix(t.To, "+") || len(t.To) < 5 || len(t.To) > 16 || strings.Trim(t.To[1:], "0123456789") != "" {
		errs = append(errs, fmt.Errorf("delivery: To: %q must be a number like +12025550143", t.To))
	}
	if strings.TrimSpace(t.Body) == "" {
		errs = append(errs, errors.New("delivery: Body: is empty"))
	}
	return errors.Join(errs...)
}
