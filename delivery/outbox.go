package delivery

import (
	"context"
	"strings"
	"sync"
	"time"
)

// outboxSize is how many mails an [Outbox] keeps.
const outboxSize = 100

// Outbox is a [Sender] that keeps the last 100 mails in memory instead of
// sending them. Whoever can read it can use the links in it: it is for
// development and tests. The zero value is ready; many may use it at once.
type Outbox struct {
	Now func() time.Time // default time.Now

	mu   sync.Mutex
	sent int
	kept []Message // oldest first
}

// Message is a mail in an [Outbox].
type Message struct {
	Email
	ID   int // counts from 1 and is never used again
	Time time.Time
}

// Send keeps the mail. It fails for what no other sender would take either.
func (o *Outbox) Send(ctx context.Context, mail Email) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := mail.check(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.kept) == outboxSize {
		o.kept = append(o.kept[:0], o.kept[1:]...)
	}
	o.sent++
	o.kept = append(o.kept, Message{Email: mail, ID: o.sent, Time: o.now()})
	return nil
}

func (o *Outbox) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

// Messages returns the mails, newest first.
func (o *Outbox) Messages() []Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	newest := make([]Message, 0, len(o.kept))
	for i := len(o.kept) - 1; i >= 0; i-- {
		newest = append(newest, o.kept[i])
	}
	return newest
}

// Last returns the newest mail to an address, in any case, and whether there
// is one.
func (o *Outbox) Last(to string) (Message, bool) {
	for _, m := range o.Messages() {
		if strings.EqualFold(m.To, to) {
			return m, true
		}
	}
	return Message{}, false
}
