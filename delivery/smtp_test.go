package delivery_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
)

// server is a real mail server in this process that keeps what it is given.
type server struct {
	port  int
	roots *x509.CertPool

	mu       sync.Mutex
	got      []string
	signedIn string
	wasTLS   bool
}

func (s *server) last(t *testing.T) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.got) != 1 {
		t.Fatalf("the server has %d mails, want 1", len(s.got))
	}
	return s.got[0]
}

type session struct {
	*server
	conn *smtp.Conn
}

func (s *session) Reset()                               {}
func (s *session) Logout() error                        { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) AuthMechanisms() []string             { return []string{sasl.Plain} }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	switch to {
	case "gone@example.com":
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	case "full@example.com":
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox is full"}
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	_, encrypted := s.conn.TLSConnectionState()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got, s.wasTLS = append(s.got, string(b)), encrypted
	return err
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "postern" || password != "hunter22" {
			return smtp.ErrAuthFailed
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.signedIn = user
		return nil
	}), nil
}

// serve starts a mail server: implicit TLS, STARTTLS or none.
func serve(t *testing.T, security string) *server {
	t.Helper()
	s := &server{}
	back := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{s, c}, nil
	}))
	back.Domain, back.ErrorLog = "localhost", log.New(io.Discard, "", 0)
	back.AllowInsecureAuth = security == delivery.SecurityPlain
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = listener.Addr().(*net.TCPAddr).Port
	if security != delivery.SecurityPlain {
		var certificate tls.Certificate
		certificate, s.roots = newCertificate(t)
		back.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	if security == delivery.SecurityTLS {
		listener = tls.NewListener(listener, back.TLSConfig)
	}
	go func() { _ = back.Serve(listener) }()
	t.Cleanup(func() { _ = back.Close() })
	return s
}

// newCertificate makes an authority of one certificate, for 127.0.0.1.
func newCertificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func (s *server) config(security string) delivery.SMTPConfig {
	return delivery.SMTPConfig{
		Host: "127.0.0.1", Port: s.port, Security: security,
		From: delivery.From{Name: "Ada & Söhne", Address: "hello@example.com"},
		TLS:  &tls.Config{RootCAs: s.roots},
		Now:  func() time.Time { return time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC) },
	}
}

func newSender(t *testing.T, cfg delivery.SMTPConfig) *delivery.SMTP {
	t.Helper()
	sender, err := delivery.NewSMTP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

var letter = delivery.Email{To: "bob@example.com", Subject: "Grüße", Text: "Hello Bob ☺", HTML: "<p>Hello Bob ☺</p>"}

func TestSMTPSends(t *testing.T) {
	t.Parallel()
	for _, security := range []string{delivery.SecurityPlain, delivery.SecurityStartTLS, delivery.SecurityTLS} {
		for _, user := range []string{"", "postern"} {
			t.Run(security+" as "+user, func(t *testing.T) {
				t.Parallel()
				s := serve(t, security)
				cfg := s.config(security)
				if user != "" {
					cfg.Username, cfg.Password = user, "hunter22"
				}
				if err := newSender(t, cfg).Send(t.Context(), letter); err != nil {
					t.Fatal(err)
				}
				checkLetter(t, s.last(t))
				if s.signedIn != user || s.wasTLS != (security != delivery.SecurityPlain) {
					t.Errorf("signed in as %q, encrypted %v", s.signedIn, s.wasTLS)
				}
			})
		}
	}
}

// checkLetter reads the mail back as a mail program does.
func checkLetter(t *testing.T, raw string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != letter.Subject {
		t.Errorf("Subject %q, %v", subject, err)
	}
	from, err := m.Header.AddressList("From")
	if err != nil || from[0].Name != "Ada & Söhne" || from[0].Address != "hello@example.com" {
		t.Errorf("From %v, %v", from, err)
	}
	if date, err := m.Header.Date(); err != nil || date.Year() != 2031 {
		t.Errorf("Date %v, %v", date, err)
	}
	if id := m.Header.Get("Message-ID"); !strings.HasSuffix(id, "@example.com>") {
		t.Errorf("Message-ID %s", id)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("Content-Type %s, %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []string{letter.Text, letter.HTML} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("part %q, %v, want %q", got, err, want)
		}
	}
}

func TestSMTPRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, delivery.SecurityStartTLS)
	var refused *delivery.Refused
	var unavailable *core.Unavailable

	err := newSender(t, s.config("")).Send(t.Context(), delivery.Email{To: "gone@example.com", Subject: "x", Text: "x"})
	if !errors.As(err, &refused) || refused.Code != 550 || !strings.Contains(refused.Reason, "no such mailbox") {
		t.Errorf("a mailbox that is gone: %v", err)
	}
	err = newSender(t, s.config("")).Send(t.Context(), delivery.Email{To: "full@example.com", Subject: "x", Text: "x"})
	if !errors.As(err, &unavailable) || !strings.Contains(err.Error(), "mailbox is full") {
		t.Errorf("a mailbox that is full: %v", err)
	}
	cfg := s.config("")
	cfg.Username, cfg.Password = "postern", "canary-wrong"
	err = newSender(t, cfg).Send(t.Context(), letter)
	if !errors.As(err, &refused) || refused.Code != 535 || strings.Contains(err.Error(), "canary") {
		t.Errorf("a wrong password: %v", err)
	}
}

// TestSMTPDemandsEncryption gives nothing away to a server without STARTTLS
// or with a certificate of an unknown authority.
func TestSMTPDemandsEncryption(t *testing.T) {
	t.Parallel()
	open := serve(t, delivery.SecurityPlain)
	cfg := open.config(delivery.SecurityStartTLS)
	cfg.Username, cfg.Password = "postern", "hunter22"
	if err := newSender(t, cfg).Send(t.Context(), letter); err == nil || open.signedIn != "" || len(open.got) != 0 {
		t.Errorf("without STARTTLS: %v, signed in %q", err, open.signedIn)
	}
	for _, security := range []string{delivery.SecurityStartTLS, delivery.SecurityTLS} {
		s := serve(t, security)
		cfg := s.config(security)
		cfg.TLS = nil
		if err := newSender(t, cfg).Send(t.Context(), letter); err == nil || len(s.got) != 0 {
			t.Errorf("%s with an unknown certificate: %v", security, err)
		}
	}
}

func TestSMTPServerIsGone(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := &server{port: listener.Addr().(*net.TCPAddr).Port}
	_ = listener.Close()
	expectUnavailable(t, gone.config(delivery.SecurityPlain), t.Context())

	mute, err := net.Listen("tcp", "127.0.0.1:0") // takes calls and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mute.Close() })
	silent := &server{port: mute.Addr().(*net.TCPAddr).Port}
	for _, security := range []string{delivery.SecurityPlain, delivery.SecurityStartTLS, delivery.SecurityTLS} {
		cfg := silent.config(security)
		cfg.Timeout = 50 * time.Millisecond
		expectUnavailable(t, cfg, t.Context())
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	expectUnavailable(t, silent.config(delivery.SecurityPlain), ctx)
}

func expectUnavailable(t *testing.T, cfg delivery.SMTPConfig, ctx context.Context) {
	t.Helper()
	start := time.Now()
	err := newSender(t, cfg).Send(ctx, letter)
	var unavailable *core.Unavailable
	if !errors.As(err, &unavailable) {
		t.Errorf("%s: got %v, want core.Unavailable", cfg.Security, err)
	}
	if spent := time.Since(start); spent > 3*time.Second {
		t.Errorf("%s: the error took %v", cfg.Security, spent)
	}
}

func TestSMTPIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	s := serve(t, delivery.SecurityStartTLS)
	sender := newSender(t, s.config(""))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := sender.Send(t.Context(), letter); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(s.got) != 8 {
		t.Errorf("%d of 8 mails arrived", len(s.got))
	}
}

func TestSMTPConfigMistakes(t *testing.T) {
	t.Parallel()
	_, err := delivery.NewSMTP(delivery.SMTPConfig{
		Host: "mail example", Port: 70000, Username: "u", Timeout: -1,
		From: delivery.From{Name: "a\nb", Address: "Ada <ada@example.com>"},
	})
	for _, field := range []string{"Host", "Port", "Password", "Timeout", "From.Name", "From.Address"} {
		if err == nil || !strings.Contains(err.Error(), "SMTPConfig."+field+":") {
			t.Errorf("the error does not name %s: %v", field, err)
		}
	}
	base := delivery.SMTPConfig{Host: "smtp.example.com", From: delivery.From{Address: "a@example.com"}}
	for field, change := range map[string]func(*delivery.SMTPConfig){
		"Security": func(c *delivery.SMTPConfig) { c.Security = "ssl" },
		"Security: plain would show": func(c *delivery.SMTPConfig) {
			c.Security, c.Username, c.Password = "plain", "u", "p"
		},
	} {
		cfg := base
		change(&cfg)
		if _, err := delivery.NewSMTP(cfg); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := delivery.NewSMTP(base); err != nil {
		t.Errorf("the smallest configuration: %v", err)
	}
}
