package emailverification

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/internal/urls"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/session"
)

// APIs is what the recipe serves. A nil API is not served.
type APIs struct {
	SendToken  op.Func[SendTokenPost, struct{}]      `fdi:"POST /user/email/verify/token"`
	Verify     op.Func[VerifyPost, struct{}]         `fdi:"POST /user/email/verify"`
	IsVerified op.Func[IsVerifiedGet, core.Verified] `fdi:"GET /user/email/verify"`
}

// SendTokenPost is the input of [APIs].SendToken.
type SendTokenPost struct{ fdi.Call }

// VerifyPost is the input of [APIs].Verify: a token from a link, or, with
// method "code" and a session, a code.
type VerifyPost struct {
	fdi.Call
	Method string          `json:"method"`
	Token  json.RawMessage `json:"token"`
	Code   core.Secret     `json:"code"`
}

// IsVerifiedGet is the input of [APIs].IsVerified.
type IsVerifiedGet struct{ fdi.Call }

// VerifyMail is what a mail to prove an address is made of.
type VerifyMail struct {
	UserID, RecipeUserID, Email, TenantID string
	Link                                  string
	Code                                  core.Secret // empty if the core makes none
}

// DisarmedMail is what a mail is made of that says that somebody's password was
// replaced, because the address was proved by who need not have made the account.
type DisarmedMail struct {
	UserID, RecipeUserID, Email, TenantID string
	Made                                  time.Time // when the account was made
	Link                                  string    // where a new password can be asked for
}

func (r *Recipe) sendTokenAPI(ctx context.Context, in SendTokenPost) (out struct{}, err error) {
	s, email, err := r.signedIn(ctx, in.Call)
	if err != nil {
		return out, err
	}
	if email == "" {
		return out, cmp.Or[error](r.sync(ctx, s, true), core.EmailAlreadyVerified)
	}
	if _, err := r.app.Attempt(in.Request, postern.SendMail, s.TenantID(), email); err != nil {
		return out, err
	}
	token, err := r.CreateToken(ctx, core.CreateVerificationToken{TenantID: s.TenantID(), UserID: s.RecipeUserID(), Email: email})
	if errors.Is(err, core.EmailAlreadyVerified) {
		return out, cmp.Or(r.sync(ctx, s, true), err)
	}
	if err != nil {
		return out, err
	}
	to, err := r.link(ctx, r.app.Site.Website(in.Request), core.CreateVerificationToken{TenantID: s.TenantID(), UserID: s.RecipeUserID()}, token.Token)
	if err != nil {
		return out, err
	}
	mail := VerifyMail{
		UserID: s.UserID(), RecipeUserID: s.RecipeUserID(), Email: email, TenantID: s.TenantID(), Link: to, Code: token.Code,
	}
	r.app.Background(ctx, "mailing an email verification", func(ctx context.Context) error { return r.send(ctx, mail) })
	return out, r.sync(ctx, s, false)
}

// verifyAPI proves an address. The session of the request learns of it if it
// is one of the same user.
func (r *Recipe) verifyAPI(ctx context.Context, in VerifyPost) (out struct{}, err error) {
	opts := session.AnyClaims()
	opts.Optional = in.Method != "code"
	s, err := r.sessions.Verify(in.Response, in.Request, opts)
	if err != nil {
		return out, err
	}
	account := ""
	if s != nil {
		account = s.RecipeUserID()
	}
	if in.Method == "code" { // which is the session's, and so is its tenant
		in.TenantID = s.TenantID()
	}
	if _, err := r.app.Attempt(in.Request, postern.SpendToken, in.TenantID, account); err != nil {
		return out, err
	}
	proved, err := r.spend(ctx, in, s)
	if err != nil {
		return out, err
	}
	user, err := r.settle(ctx, in.TenantID, s, proved)
	if err == nil && s != nil && s.RecipeUserID() == proved.UserID {
		err = r.tell(ctx, in.Call, s, user)
	}
	return out, err
}

// tell lets the session of a request know that its address is proved. When
// that has made its login method one with another user, a session of that user
// takes its place.
func (r *Recipe) tell(ctx context.Context, call fdi.Call, s *session.Session, user core.User) error {
	if user.ID == s.UserID() {
		return s.FetchClaim(ctx, r.Claim)
	}
	_, err := r.sessions.Functions.Session.Revoke(ctx, core.RevokeSessions{
		UserID: s.RecipeUserID(), RevokeSessionsForLinkedAccounts: op.Some(false),
	})
	if err != nil {
		return err
	}
	_, err = r.sessions.Create(call.Response, call.Request, session.NewSession{
		TenantID: s.TenantID(), RecipeUserID: s.RecipeUserID(), User: &user,
	})
	return err
}

func (r *Recipe) spend(ctx context.Context, in VerifyPost, s *session.Session) (out core.ConsumedToken, err error) {
	if in.Method == "code" {
		email, err := r.emailOf(ctx, s.RecipeUserID())
		if err != nil {
			return out, err
		}
		return r.VerifyCode(ctx, core.VerifyEmailCode{TenantID: in.TenantID, UserID: s.RecipeUserID(), Email: email, Code: in.Code})
	}
	var token string
	switch {
	case in.Token == nil:
		return out, fdi.BadInput("Please provide the email verification token")
	case in.Token[0] != '"' || json.Unmarshal(in.Token, &token) != nil:
		return out, fdi.BadInput("The email verification token must be a string")
	}
	return r.Verify(ctx, core.VerifyEmail{TenantID: in.TenantID, Method: "token", Token: core.Secret(token)})
}

func (r *Recipe) isVerifiedAPI(ctx context.Context, in IsVerifiedGet) (out core.Verified, err error) {
	s, email, err := r.signedIn(ctx, in.Call)
	if err != nil {
		return out, err
	}
	out.IsVerified = email == ""
	if email != "" {
		if out, err = r.Functions.IsVerified(ctx, core.UserEmail{UserID: s.RecipeUserID(), Email: email}); err != nil {
			return out, err
		}
	}
	return out, r.sync(ctx, s, out.IsVerified)
}

// signedIn returns the session of a request and the address of its user. When
// the user is gone, so is the session.
func (r *Recipe) signedIn(ctx context.Context, call fdi.Call) (*session.Session, string, error) {
	s, err := r.sessions.Verify(call.Response, call.Request, session.AnyClaims())
	if err != nil {
		return nil, "", err
	}
	email, err := r.emailOf(ctx, s.RecipeUserID())
	if errors.Is(err, core.UnknownUserID) {
		return nil, "", r.sessions.Gone("Unknown User ID provided")
	}
	return s, email, err
}

// sync makes the session's claim say what is so.
func (r *Recipe) sync(ctx context.Context, s *session.Session, proved bool) error {
	if says, ok := session.ClaimValue(s, r.Claim); ok && says == proved {
		return nil
	}
	return session.SetClaim(ctx, s, r.Claim, proved)
}

// Link makes a link by which its bearer proves the address of a user. It fails
// with [core.EmailAlreadyVerified].
func (r *Recipe) Link(ctx context.Context, tenantID, recipeUserID, email string) (string, error) {
	whose := core.CreateVerificationToken{TenantID: tenantID, UserID: recipeUserID, Email: email}
	out, err := r.CreateToken(ctx, whose)
	if err != nil {
		return "", err
	}
	return r.link(ctx, r.app.Site.Website(nil), whose, out.Token)
}

// SendTo mails a link by which a user proves an address, which need not be the
// user's yet: so does somebody who is about to change it. It fails with
// [core.UnknownUserID] and [core.EmailAlreadyVerified], and when the mail cannot
// be sent.
func (r *Recipe) SendTo(ctx context.Context, tenantID, recipeUserID, email string) error {
	out, err := r.app.Core.User.ByID(ctx, core.UserByID{UserID: recipeUserID})
	if err != nil {
		return err
	}
	to, err := r.Link(ctx, tenantID, recipeUserID, email)
	if err != nil {
		return err
	}
	return r.send(ctx, VerifyMail{UserID: out.User.ID, RecipeUserID: recipeUserID, Email: email, TenantID: tenantID, Link: to})
}

// link leads to the page where an address is confirmed. Whose account it is, how
// that signs in and when it was made is for people to read there: who has the
// token decides nothing by it.
func (r *Recipe) link(ctx context.Context, website string, whose core.CreateVerificationToken, token core.Secret) (string, error) {
	to := website + "/verify-email?token=" + url.QueryEscape(string(token)) + "&tenantId=" + url.QueryEscape(whose.TenantID)
	out, err := r.app.Core.User.ByID(ctx, core.UserByID{UserID: whose.UserID})
	if errors.Is(err, core.UnknownUserID) { // an address of Config.EmailOf
		return to, nil
	}
	if m, ok := out.User.LoginMethod(whose.UserID); ok {
		to += "&account=" + urls.Hint(m.RecipeUserID) + "&by=" + m.RecipeID + "&made=" + time.UnixMilli(m.TimeJoined).UTC().Format(time.DateOnly)
	}
	return to, err
}

func (r *Recipe) send(ctx context.Context, m VerifyMail) error {
	mail, err := r.cfg.VerifyMail(ctx, m)
	if err != nil {
		return err
	}
	return r.cfg.Email.Send(ctx, mail)
}

func (r *Recipe) defaultMail(_ context.Context, m VerifyMail) (delivery.Email, error) {
	return delivery.VerifyEmail{AppName: r.app.Site.Name, To: m.Email, Link: m.Link, Code: string(m.Code)}.Email()
}
