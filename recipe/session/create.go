package session

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// NewSession is the input of [Recipe.Create].
type NewSession struct {
	TenantID     string // default public
	RecipeUserID string // the login method that was used
	// User is the user whose login method this is, if it is known; else the
	// core is asked.
	User *core.User
	// Payload goes into the access token, and Data into the database.
	Payload claim.Payload
	Data    core.Object
	// Factor is the factor that the user has just completed, "emailpassword";
	// claims that count factors read it. Without one the session counts as one
	// whose user has proved nothing lately; see [RequireRecent].
	Factor string
	// DisableAntiCSRF leaves out the anti-CSRF token of [Recipe.CreateTokens].
	DisableAntiCSRF bool
}

// Create signs a user in: it starts a session and gives the client its tokens.
// A session that the client had before is no longer sent, but not revoked.
func (r *Recipe) Create(w http.ResponseWriter, req *http.Request, in NewSession) (*Session, error) {
	method := r.forCreate(req)
	if method == Cookie {
		if err := r.checkCookiesWork(req); err != nil {
			return nil, err
		}
	}
	antiCSRF := method == Cookie && r.antiCSRF(req) == AntiCSRFToken
	s, err := r.create(req.Context(), in, antiCSRF)
	if err != nil {
		return nil, err
	}
	r.clearOther(w, req, method, bearer(req) != "", hasCookie(req, r.cfg.AccessCookie))
	s.w, s.req, s.method = w, req, method
	r.attach(w, req, method, s.token, s.given)
	return s, nil
}

// CreateTokens starts a session for a client that is not served by HTTP; its
// tokens are those of [Session.Tokens].
func (r *Recipe) CreateTokens(ctx context.Context, in NewSession) (*Session, error) {
	return r.create(ctx, in, r.cfg.AntiCSRF == AntiCSRFToken && !in.DisableAntiCSRF)
}

func (r *Recipe) create(ctx context.Context, in NewSession, antiCSRF bool) (*Session, error) {
	if in.TenantID == "" {
		in.TenantID = core.Public
	}
	payload, err := r.newPayload(ctx, in)
	if err != nil {
		return nil, err
	}
	data := in.Data
	if data == nil {
		data = core.Object{}
	}
	out, err := r.Functions.Session.Create(ctx, core.CreateSession{
		TenantID: in.TenantID, UserID: in.RecipeUserID, EnableAntiCSRF: antiCSRF,
		UserDataInJWT: payload, UserDataInDatabase: data,
		UseDynamicSigningKey: op.Some(!r.cfg.UseStaticSigningKey),
	})
	if err != nil {
		return nil, err
	}
	return r.fromTokens(out)
}

// newPayload is the payload of a new session: what is given, the issuer, and
// every claim; later claims see earlier ones.
func (r *Recipe) newPayload(ctx context.Context, in NewSession) (claim.Payload, error) {
	payload := in.Payload.WithoutProtected()
	issuer, err := json.Marshal(r.issuer())
	if err != nil {
		return nil, err
	}
	payload["iss"] = issuer
	if r.cfg.Audience != "" {
		if payload["aud"], err = json.Marshal(r.cfg.Audience); err != nil {
			return nil, err
		}
	}
	if in.Factor != "" {
		r.NoteProof(payload)
	}
	if len(r.claims) == 0 {
		return payload, nil
	}
	subject := claim.Subject{RecipeUserID: in.RecipeUserID, TenantID: in.TenantID, User: in.User, Factor: in.Factor}
	if in.User != nil {
		subject.UserID = in.User.ID
	} else if subject.UserID, err = r.primaryOf(ctx, in.RecipeUserID); err != nil {
		return nil, err
	}
	for _, c := range r.claims {
		if err := c.Build(ctx, subject, payload, r.now()); err != nil {
			return nil, err
		}
	}
	return payload, nil
}

func (r *Recipe) issuer() string {
	if r.Issuer != nil {
		return r.Issuer()
	}
	return r.app.Site.API()
}

// primaryOf returns the primary user of a login method, or its own id when the
// core does not know it: sessions need no user.
func (r *Recipe) primaryOf(ctx context.Context, recipeUserID string) (string, error) {
	out, err := r.app.Core.User.ByID(ctx, core.UserByID{UserID: recipeUserID})
	if errors.Is(err, core.UnknownUserID) {
		return recipeUserID, nil
	}
	return out.User.ID, err
}

// fromTokens is the session that the core just created or refreshed.
func (r *Recipe) fromTokens(out core.SessionTokens) (*Session, error) {
	t, err := parse(string(out.AccessToken.Token), &r.headers)
	if err != nil {
		return nil, err
	}
	r.headers.add(t)
	return &Session{
		recipe: r, token: t, access: string(out.AccessToken.Token), renewed: true,
		given: tokens{string(out.AccessToken.Token), out.RefreshToken, out.AntiCSRFToken},
	}, nil
}
