package passwordless

import (
	"context"

	"github.com/posternauth/postern/core"
)

// Contact is an email or a phone number, exactly one of them.
type Contact struct{ Email, PhoneNumber string }

// MagicLink makes a link by which its bearer signs in, for a mail of the
// application's own.
func (r *Recipe) MagicLink(ctx context.Context, tenantID string, to Contact) (core.Secret, error) {
	code, err := r.create(ctx, tenantID, core.CreateCode{Email: to.Email, PhoneNumber: to.PhoneNumber})
	if err != nil {
		return "", err
	}
	return link(r.app.Site.Website(nil), tenantID, code), nil
}

// SignInUp finds the user of a contact or adds one, without asking for a code:
// the application knows that the contact is the user's.
func (r *Recipe) SignInUp(ctx context.Context, tenantID string, to Contact) (core.ConsumedCode, error) {
	code, err := r.create(ctx, tenantID, core.CreateCode{Email: to.Email, PhoneNumber: to.PhoneNumber})
	if err != nil {
		return core.ConsumedCode{}, err
	}
	return r.ConsumeCode(ctx, core.ConsumeCode{TenantID: tenantID, PreAuthSessionID: code.PreAuthSessionID, LinkCode: code.LinkCode})
}
