package delivery

import (
	"context"
	"sync"
	"time"

	"github.com/posternauth/postern/internal/address"
)

// outboxSize is how many mails an [Outbox] keeps.
const outboxSize = 100

// Outbox is a [Sender] and a [TextSender] that keeps the last 100 mails and
// messages in memory instead of sending them. Whoever can read it can use the links in it: it is for
// development and tests. The zero value is ready; many may use it at once.
type Outbox struct {
	Now func() time.Time // default time.Now

	mu   sync.Mutex
	sent int
	kept []Message // oldest first
}

// Message is a mail in an [Outbox], or a text message, whose To is a number and
// which has only Text.
type Message struct {
	Email
	ID   int // counts from 1 and is never used again
	Time time.Time
	SMS  bool // it is a text message
}

// Send keeps the mail. It fails for what no other sender would take either.
func (o *Outbox) Send(ctx context.Context, mail Email) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := mail.check(); err != nil {
		return err
	}
	o.keep(Message{Email: mail})
	return nil
}

// SendText keeps the message. It fails for what no other sender would take
// either.
func (o *Outbox) SendText(ctx context.Context, text Text) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := text.check(); err != nil {
		return err
	}
	o.keep(Message{Email: Email{To: text.To, Subject: "Text message", Text: text.Body}, SMS: true})
	return nil
}

func (o *Outbox) keep(m Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.kept) == outboxSize {
		o.kept = append(o.kept[:0], o.kept[1:]...)
	}
	o.sent++
	m.ID, m.Time = o.sent, o.now()
	o.kept = append(o.kept, m)
}

func (o *Outbox) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

// Messages returns the mails and messages, newest first.
func (o *Outbox) Messages() []Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	newest := make([]Message, 0, len(o.kept))
	for i := len(o.kept) - 1; i >= 0; i-- {
		newest = append(newest, o.kept[i])
	}
	return newest
}

// Last returns the newest mail or message to an address, in any case, and whether there
// is one.
func (o *Outbox) Last(to string) (Message, bool) {
	for _, m := range o.Messages() {
		if m.To == to || address.Same(m.To, to) {
			return m, true
		}
	}
	return Message{}, false
}
