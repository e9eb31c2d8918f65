package passwordless

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/recipe/signin"
)

// Message is what a mail or a message to somebody who signs in is made of.
type Message struct {
	Email, PhoneNumber string // one of them
	Code               core.Secret
	Link               core.Secret
	Life               time.Duration
	PreAuthSessionID   string
	TenantID           string
	// FirstFactor says that it begins a sign-in; else it is a second factor.
	FirstFactor bool
}

func (r *Recipe) letter(m Message) delivery.SignIn {
	return delivery.SignIn{AppName: r.app.Site.Name, To: m.Email + m.PhoneNumber, Code: string(m.Code), Link: string(m.Link), Life: m.Life}
}

// flowType is what goes to somebody who may complete these factors.
func flowType(factors []string) FlowType {
	otp, link := false, false
	for _, factor := range factors {
		otp = otp || strings.HasPrefix(factor, "otp-")
		link = link || strings.HasPrefix(factor, "link-")
	}
	switch {
	case !otp:
		return Link
	case !link:
		return Code
	}
	return CodeAndLink
}

// maySend counts a message to a contact.
func (r *Recipe) maySend(req *http.Request, tenantID string, to contact) error {
	purpose := postern.SendMail
	if to.isPhone() {
		purpose = postern.SendText
	}
	_, err := r.app.Attempt(req, purpose, tenantID, to.key())
	return err
}

// send sends a code, a link or both, and waits for it: without it the person
// cannot go on.
func (r *Recipe) send(ctx context.Context, attempt *signin.Attempt, to contact, code core.CreatedCode, req *http.Request) error {
	m := Message{
		Email: to.email, PhoneNumber: to.phone, Life: time.Duration(code.CodeLifetime) * time.Millisecond,
		PreAuthSessionID: code.PreAuthSessionID, TenantID: attempt.TenantID, FirstFactor: attempt.IsFirstFactor(),
	}
	kind := flowType(attempt.Factors)
	if kind != Link {
		m.Code = code.UserInputCode
	}
	if kind != Code {
		m.Link = link(r.app.Site.Website(req), attempt.TenantID, code)
	}
	return r.deliver(ctx, m)
}

func (r *Recipe) deliver(ctx context.Context, m Message) error {
	if m.PhoneNumber != "" {
		text, err := r.cfg.Text(ctx, m)
		if err != nil {
			return err
		}
		return r.cfg.SMS.SendText(ctx, text)
	}
	mail, err := r.cfg.Mail(ctx, m)
	if err != nil {
		return err
	}
	return r.cfg.Email.Send(ctx, mail)
}

// link is where the secret of a code is in the fragment, which no server and no
// log sees.
func link(website, tenantID string, code core.CreatedCode) core.Secret {
	query := "?preAuthSessionId=" + url.QueryEscape(code.PreAuthSessionID) + "&tenantId=" + url.QueryEscape(tenantID)
	return core.Secret(website + "/verify" + query + "#" + url.QueryEscape(string(code.LinkCode)))
}
