package totp

import (
	"context"
	"slices"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/internal/address"
	"github.com/posternauth/postern/recipe/session"
)

// What it takes to change what counts, and what follows.

// mayChange fails with invalid claims when the session may not change what
// counts: when more is required of it, or no factor was completed lately.
func (r *Recipe) mayChange(ctx context.Context, s *session.Session) error {
	return s.Demand(ctx, r.factors.Satisfied(), r.recent())
}

// recent is how new a factor has to be: as mfa says, or five minutes.
func (r *Recipe) recent() claim.Validator {
	if by, ok := r.factors.(interface{ Recent() claim.Validator }); ok {
		return by.Recent()
	}
	return session.RequireRecent(5 * time.Minute)
}

// changed tells the person by mail what was changed, and ends the sessions that
// the user has elsewhere: whoever has got into one of them is out.
func (r *Recipe) changed(ctx context.Context, s *session.Session, what string) error {
	if !r.cfg.NoMail {
		r.tell(ctx, s.UserID(), what)
	}
	if r.cfg.KeepSessions {
		return nil
	}
	_, err := r.sessions.RevokeOthers(ctx, s.UserID(), s.Handle())
	return err
}

// notices is a recipe that has a sender for such mails, and a page on which
// people ask for a new password; emailpassword is one.
type notices interface {
	ChangeNotices() (by delivery.Sender, resetPage string)
}

func (r *Recipe) tell(ctx context.Context, userID, what string) {
	by := r.cfg.Email
	mail := delivery.AccountChanged{AppName: r.app.Site.Name, What: what}
	if all := postern.All[notices](r.app); len(all) > 0 {
		var sender delivery.Sender
		if sender, mail.Link = all[0].ChangeNotices(); by == nil {
			by = sender
		}
	}
	if by == nil {
		r.app.Log.WarnContext(ctx, "nobody tells people that their devices changed; set totp.Config.Email, or NoMail")
		return
	}
	r.app.Background(ctx, "mailing that an account was changed", func(ctx context.Context) error {
		out, err := r.app.Core.User.ByID(ctx, core.UserByID{UserID: userID})
		if err != nil {
			return err
		}
		return mail.SendAll(ctx, by, slices.DeleteFunc(out.User.Emails, address.IsFake))
	})
}
