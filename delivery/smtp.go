package delivery

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	gomail "github.com/wneessen/go-mail"

	"github.com/posternauth/postern/core"
)

// SMTP is a [Sender] that hands mails to a mail server, one connection each.
type SMTP struct {
	cfg     SMTPConfig
	options []gomail.Option
}

// NewSMTP checks the settings and returns every mistake in them. It does not
// connect.
func NewSMTP(cfg SMTPConfig) (*SMTP, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s := &SMTP{cfg: cfg, options: cfg.options()}
	if _, err := s.client(context.Background()); err != nil {
		return nil, fmt.Errorf("delivery: SMTPConfig: %w", err)
	}
	return s, nil
}

// Send hands the mail to the server within the configured timeout. A server
// that cannot be reached, or says to come back later, is a *core.Unavailable;
// a [Refused] is final.
func (s *SMTP) Send(ctx context.Context, mail Email) error {
	if err := mail.check(); err != nil {
		return err
	}
	message, err := s.message(mail)
	if err != nil {
		return fmt.Errorf("delivery: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	client, err := s.client(ctx)
	if err != nil {
		return fmt.Errorf("delivery: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, message)
	// A goodbye that fails after the server took the mail changes nothing, and
	// another try would send the mail twice.
	if err == nil || message.IsDelivered() {
		return nil
	}
	return s.explain(ctx, err)
}

// client is a connection to be: go-mail's client remembers its conversation,
// so there is one for each mail.
func (s *SMTP) client(ctx context.Context) (*gomail.Client, error) {
	dial := func(dialCtx context.Context, network, address string) (net.Conn, error) {
		conn, err := s.dial(dialCtx, network, address)
		if err == nil {
			// The end of ctx ends the conversation, wherever it is.
			context.AfterFunc(ctx, func() { _ = conn.Close() })
		}
		return conn, err
	}
	return gomail.NewClient(s.cfg.Host, append(slices.Clip(s.options), gomail.WithDialContextFunc(dial))...)
}

func (s *SMTP) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.cfg.Security == SecurityTLS {
		return (&tls.Dialer{Config: s.cfg.TLS}).DialContext(ctx, network, address)
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// message puts the mail into the form that travels.
func (s *SMTP) message(mail Email) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := m.FromFormat(s.cfg.From.Name, s.cfg.From.Address); err != nil {
		return nil, err
	}
	if err := m.To(mail.To); err != nil {
		return nil, err
	}
	m.Subject(mail.Subject)
	m.SetDateWithValue(s.cfg.Now())
	// The default id would tell the name of this machine.
	_, domain, _ := strings.Cut(s.cfg.From.Address, "@")
	m.SetMessageIDWithValue(uuid.NewString() + "@" + domain)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // keeps holiday answers away
	m.SetBodyString(gomail.TypeTextPlain, mail.Text)
	if mail.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, mail.HTML)
	}
	return m, nil
}

// Refused is a mail that the server will not take, or a sender that it does
// not let in. Another try gives the same answer.
type Refused struct {
	Server string // host and port
	Code   int    // the server's three digits
	Reason string // the server's words; they may hold the address
}

func (e *Refused) Error() string {
	return fmt.Sprintf("delivery: %s refused: %d %s", e.Server, e.Code, e.Reason)
}

// explain sorts a failure into what is final and what may pass.
func (s *SMTP) explain(ctx context.Context, err error) error {
	server := net.JoinHostPort(s.cfg.Host, strconv.Itoa(s.cfg.Port))
	var said *textproto.Error
	if errors.As(err, &said) && said.Code >= 500 {
		return &Refused{Server: server, Code: said.Code, Reason: said.Msg}
	}
	var sent *gomail.SendError
	if errors.As(err, &sent) && sent.ErrorCode() >= 500 {
		return &Refused{Server: server, Code: sent.ErrorCode(), Reason: sent.Error()}
	}
	if ctx.Err() != nil {
		err = ctx.Err() // and not "use of closed connection"
	}
	return &core.Unavailable{Err: fmt.Errorf("delivery: %s: %w", server, err)}
}
