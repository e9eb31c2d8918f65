package thirdparty

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/internal/address"
)

const (
	maxID     = 28  // characters
	maxUserID = 256 // characters
	// signInTries is how often one looks again for a user who came or went
	// meanwhile.
	signInTries = 5
)

// thirdParty holds the social logins of an app.
type thirdParty struct {
	*kernel.App
	people *person.People
}

// New returns the operation that signs in whom a provider has identified (CDI
// §2.2).
func New(a *kernel.App, people *person.People) core.ThirdPartyLogin {
	t := &thirdParty{a, people}
	return core.ThirdPartyLogin{SignInUp: t.signInUp}
}

func (t *thirdParty) signInUp(ctx context.Context, in core.ThirdPartySignInUp) (out core.SignedInUp, err error) {
	if in, err = check(in); err != nil {
		return out, err
	}
	for range signInTries {
		out, err = t.once(ctx, in)
		if !errors.Is(err, core.ThirdPartyUserAlreadyExists) && !errors.Is(err, core.UnknownUserID) {
			return out, err
		}
	}
	return out, &core.Unavailable{Err: err}
}

// check normalises the input. The parts of a login are stored in one
// text, which must not be read as another login.
func check(in core.ThirdPartySignInUp) (_ core.ThirdPartySignInUp, err error) {
	in.TenantID = kernel.OrPublic(in.TenantID)
	if err := bounded("thirdPartyId", in.ThirdPartyID, maxID); err != nil {
		return in, err
	}
	if strings.Contains(in.ThirdPartyID, person.ThirdPartySeparator) || strings.HasSuffix(in.ThirdPartyID, ":") {
		return in, core.Bad("Field name 'thirdPartyId' cannot contain '::' or end with ':'")
	}
	if err := bounded("thirdPartyUserId", in.ThirdPartyUserID, maxUserID); err != nil {
		return in, err
	}
	in.Email.ID, err = address.Normal(in.Email.ID)
	return in, err
}

// bounded checks that a text has at least one character, and how many at
// most.
func bounded(field, text string, most int) error {
	if text == "" {
		return core.Bad("Field name '%s' cannot be an empty String", field)
	}
	if utf8.RuneCountInString(text) > most {
		return core.Bad("Field name '%s' is too long: at most %d characters are allowed", field, most)
	}
	return nil
}

// once signs in or up. It fails with ThirdPartyUserAlreadyExists or
// UnknownUserID when somebody else did, or deleted the user, at that moment.
func (t *thirdParty) once(ctx context.Context, in core.ThirdPartySignInUp) (out core.SignedInUp, err error) {
	who := core.ThirdParty{ID: in.ThirdPartyID, UserID: in.ThirdPartyUserID}
	known, exists, err := t.people.FindLogin(ctx, t.DB.Reader, in.TenantID, person.RecipeThirdParty, person.ThirdPartyIdentity(who))
	if err != nil {
		return out, err
	}
	var u core.RecipeUser
	if exists {
		u, err = t.signIn(ctx, known, in.Email)
	} else {
		u, err = t.signUp(ctx, in.TenantID, who, in.Email)
	}
	if err != nil {
		return out, err
	}
	t.people.MarkActive(ctx, u.User.ID)
	return core.SignedInUp{CreatedNewUser: !exists, User: u.User, RecipeUserID: u.RecipeUserID}, nil
}

func (t *thirdParty) signUp(ctx context.Context, tenant string, who core.ThirdParty, email core.ThirdPartyEmail) (out core.RecipeUser, err error) {
	err = t.DB.Tx(ctx, func(q db.Querier) error {
		out, err = t.people.Add(ctx, q, tenant, person.NewMethod{
			Method:   person.Method{RecipeID: person.RecipeThirdParty, Email: email.ID, ThirdParty: who},
			Verified: email.IsVerified || address.IsFake(email.ID),
		})
		return err
	})
	return out, err
}

// signIn takes over what the provider says about the email, if it is
// anything new.
func (t *thirdParty) signIn(ctx context.Context, known person.Login, email core.ThirdPartyEmail) (core.RecipeUser, error) {
	out, found, err := t.people.UserOf(ctx, t.DB.Reader, known)
	if err != nil || !found {
		return out, kernel.OrStatus(err, core.UnknownUserID)
	}
	m, _ := out.User.LoginMethod(out.RecipeUserID)
	if m.Email == email.ID && (m.Verified || !email.IsVerified) {
		return out, nil
	}
	err = t.DB.Tx(ctx, func(q db.Querier) error {
		if err := t.takeOverEmail(ctx, q, known.UserID, email); err != nil {
			return err
		}
		out, found, err = t.people.UserOf(ctx, q, known)
		return err
	})
	if err == nil && !found {
		err = core.UnknownUserID
	}
	return out, err
}

func (t *thirdParty) takeOverEmail(ctx context.Context, q db.Querier, id string, email core.ThirdPartyEmail) error {
	m, _, err := t.people.LockMethod(ctx, q, id)
	if err != nil {
		return err
	}
	if m.Email != email.ID {
		err := t.people.ChangeEmail(ctx, q, m, email.ID)
		if no := new(core.EmailChangeNotAllowed); errors.As(err, &no) {
			return &core.EmailChangeNotAllowed{Reason: "Email already associated with another primary user."}
		}
		if err != nil {
			return err
		}
	}
	if !email.IsVerified && !address.IsFake(email.ID) {
		return nil
	}
	return t.people.SetVerified(ctx, q, m.ID, email.ID)
}
