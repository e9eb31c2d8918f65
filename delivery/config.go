package delivery

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/posternauth/postern/core"
)

// The ways to talk to a mail server.
const (
	SecurityStartTLS = "starttls" // begins in the open and must become encrypted
	SecurityTLS      = "tls"      // encrypted from the first byte
	SecurityPlain    = "plain"    // never encrypted: for a server on this machine
)

// SMTPConfig is the settings of an [SMTP] sender.
type SMTPConfig struct {
	Host     string
	Port     int    // default 587, with "tls" 465, with "plain" 25
	Security string // "starttls" (default), "tls" or "plain"

	// Username and Password sign in at the server; both or neither. They never
	// travel unencrypted, except to this machine.
	Username string
	Password core.Secret

	From    From
	Timeout time.Duration // for one mail from dialling to the end; default 5 s
	TLS     *tls.Config   // default: the system's authorities, TLS 1.2 or newer

	Now func() time.Time // for the Date header; default time.Now
}

// From is whom mails come from.
type From struct {
	Name    string // optional: "Example"
	Address string // "hello@example.com"
}

func (c SMTPConfig) withDefaults() SMTPConfig {
	if c.Security == "" {
		c.Security = SecurityStartTLS
	}
	if c.Port == 0 {
		c.Port = map[string]int{SecurityStartTLS: 587, SecurityTLS: 465, SecurityPlain: 25}[c.Security]
	}
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.TLS == nil {
		c.TLS = new(tls.Config)
	}
	c.TLS = c.TLS.Clone()
	c.TLS.MinVersion = max(c.TLS.MinVersion, tls.VersionTLS12)
	if c.TLS.ServerName == "" {
		c.TLS.ServerName = c.Host
	}
	return c
}

// check returns all mistakes, each with the name of its field.
func (c SMTPConfig) check() error {
	var errs []error
	wrong := func(field, format string, args ...any) {
		errs = append(errs, fmt.Errorf("delivery: SMTPConfig.%s: %s", field, fmt.Sprintf(format, args...)))
	}
	if c.Host == "" || strings.ContainsAny(c.Host, "/ \t\r\n") {
		wrong("Host", "%q must be the name of the mail server, like smtp.example.com", c.Host)
	}
	switch c.Security {
	case SecurityStartTLS, SecurityTLS, SecurityPlain:
		if c.Port < 1 || c.Port > 65535 {
			wrong("Port", "%d must be between 1 and 65535", c.Port)
		}
	default:
		wrong("Security", "%q must be starttls, tls or plain", c.Security)
	}
	if (c.Username == "") != (c.Password == "") {
		wrong("Password", "Username and Password must be given together")
	}
	if c.Username != "" && c.Security == SecurityPlain && !isLoopback(c.Host) {
		wrong("Security", "plain would show Username and Password to the network; use starttls or tls")
	}
	if c.Timeout < 0 {
		wrong("Timeout", "%s must not be negative", c.Timeout)
	}
	if err := checkAddress(c.From.Address); err != nil {
		wrong("From.Address", "%v", err)
	}
	if hasControl(c.From.Name) {
		wrong("From.Name", "%q must be one line of text", c.From.Name)
	}
	return errors.Join(errs...)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// options are the settings in go-mail's words. Encryption from the first byte
// is done by our own dialling.
func (c SMTPConfig) options() []gomail.Option {
	options := []gomail.Option{
		gomail.WithPort(c.Port),
		gomail.WithTimeout(c.Timeout),
		gomail.WithTLSConfig(c.TLS),
		gomail.WithTLSPolicy(gomail.NoTLS),
	}
	if c.Security == SecurityStartTLS {
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if c.Username != "" {
		options = append(options,
			gomail.WithUsername(c.Username),
			gomail.WithPassword(string(c.Password)),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthSCRAMSHA256),
		)
	}
	return options
}
