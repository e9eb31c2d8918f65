package core

import (
	"fmt"
	"slices"

	"github.com/posternauth/postern/op"
)

// Session is the sessions of users. A session is a row with a handle; its
// bearer holds a short-lived access token (a JWT) and a refresh token.
type Session struct {
	// Create starts a session. The user need not exist.
	Create op.Func[CreateSession, SessionTokens] `cdi:"POST /{tenant}/recipe/session"`

	// Verify checks an access token and, if asked, that its session still
	// exists. It writes only for a token that names a parent: the first time
	// that is seen the deferred rotation takes place, and the answer has an
	// access token that names none.
	Verify op.Func[VerifySession, VerifiedSession] `cdi:"POST /recipe/session/verify" fails:"UNAUTHORISED TRY_REFRESH_TOKEN"`

	// Refresh replaces a refresh token by its successor in one atomic
	// statement. The same token gets the same successor for the grace window
	// (30 s by default), so tabs, retries and lost answers end no session; used
	// after that it is theft, and the session is revoked.
	Refresh op.Func[RefreshSession, SessionTokens] `cdi:"POST /recipe/session/refresh" fails:"UNAUTHORISED TOKEN_THEFT_DETECTED"`

	// Regenerate mints an access token with a new payload and the old expiry.
	// There is no token in the result when the old one has expired.
	Regenerate op.Func[RegenerateToken, VerifiedSession] `cdi:"POST /recipe/session/regenerate" fails:"UNAUTHORISED"`

	// ByHandle returns what is stored about a session.
	ByHandle op.Func[SessionByHandle, SessionDetails] `cdi:"GET /recipe/session" fails:"UNAUTHORISED"`

	// SetData replaces the data that is kept in the database.
	SetData op.Func[SetSessionData, Done] `cdi:"PUT /recipe/session/data" fails:"UNAUTHORISED"`

	// SetPayload replaces the payload that the next access token carries.
	SetPayload op.Func[SetSessionPayload, Done] `cdi:"PUT /recipe/jwt/data" fails:"UNAUTHORISED"`

	// ChangePayload sets and removes keys of the payload, in one step, on what
	// is stored: of changes at the same time those of different keys all
	// stay, and a token that is older than the row brings nothing back.
	ChangePayload op.Func[ChangePayload, VerifiedSession] `cdi:"PUT /recipe/session/payload" ext:"true" fails:"UNAUTHORISED"`

	// Revoke ends sessions by their handles, or all those of a user.
	Revoke op.Func[RevokeSessions, RevokedSessions] `cdi:"POST /{tenant}/recipe/session/remove"`

	// ListHandles returns the handles of a user's sessions.
	ListHandles op.Func[ListSessions, SessionHandles] `cdi:"GET /{tenant}/recipe/session/user"`
}

// CreateSession is the input of [Session.Create].
type CreateSession struct {
	TenantID           string `path:"tenant" json:"-"`
	UserID             string `json:"userId"` // the recipe user id
	EnableAntiCSRF     bool   `json:"enableAntiCsrf"`
	UserDataInJWT      Object `json:"userDataInJWT"` // without the [ProtectedClaims]
	UserDataInDatabase Object `json:"userDataInDatabase"`
	// UseDynamicSigningKey, by default true, signs with a key that rotates.
	UseDynamicSigningKey op.Optional[bool] `json:"useDynamicSigningKey,omitzero"`
}

// SessionTokens is a session and its tokens.
type SessionTokens struct {
	Session       SessionInfo `json:"session"`
	AccessToken   Token       `json:"accessToken"`
	RefreshToken  Token       `json:"refreshToken"`
	AntiCSRFToken string      `json:"antiCsrfToken,omitempty"`
}

// SessionInfo is a session as its tokens describe it.
type SessionInfo struct {
	Handle        string `json:"handle"`
	UserID        string `json:"userId"`       // of the primary user
	RecipeUserID  string `json:"recipeUserId"` // of the login method
	UserDataInJWT Object `json:"userDataInJWT"`
	TenantID      string `json:"tenantId"`
}

// Token is a token of a session.
type Token struct {
	Token       Secret `json:"token"`
	Expiry      int64  `json:"expiry"`
	CreatedTime int64  `json:"createdTime"`
}

// VerifySession is the input of [Session.Verify].
type VerifySession struct {
	AccessToken     Secret `json:"accessToken"`
	AntiCSRFToken   string `json:"antiCsrfToken,omitempty"`
	DoAntiCSRFCheck bool   `json:"doAntiCsrfCheck"`
	EnableAntiCSRF  bool   `json:"enableAntiCsrf"`
	CheckDatabase   bool   `json:"checkDatabase"`
}

// VerifiedSession is a session and, when there is a newer one, the access
// token that the bearer should use from now on.
type VerifiedSession struct {
	Session     SessionInfo `json:"session"`
	AccessToken Token       `json:"accessToken,omitzero"`
}

// RefreshSession is the input of [Session.Refresh].
type RefreshSession struct {
	RefreshToken         Secret            `json:"refreshToken"`
	AntiCSRFToken        string            `json:"antiCsrfToken,omitempty"`
	EnableAntiCSRF       bool              `json:"enableAntiCsrf"`
	UseDynamicSigningKey op.Optional[bool] `json:"useDynamicSigningKey,omitzero"` // absent: as before
	// DeferRotation hands out the successor and leaves the presented token in
	// its place until the successor is first used: by a refresh with it, or by
	// [Session.Verify] of its access token, which names its parent. Until then
	// the presented token is good as long as its session, and then for the
	// grace window. Clients of CDI 5.4 and older expect that (CDI §3.6).
	DeferRotation bool `json:"deferRotation" ext:"true"`
}

// RegenerateToken is the input of [Session.Regenerate].
type RegenerateToken struct {
	AccessToken   Secret              `json:"accessToken"`
	UserDataInJWT op.Optional[Object] `json:"userDataInJWT,omitzero"` // absent: as stored
}

// ChangePayload is the input of [Session.ChangePayload].
type ChangePayload struct {
	SessionHandle string `json:"sessionHandle"`
	// AccessToken is one of the session. With it the result has another one,
	// with the payload that is stored now and the expiry of the old one; none
	// when the old one has expired.
	AccessToken Secret   `json:"accessToken,omitempty"`
	Set         Object   `json:"set,omitempty"` // without the [ProtectedClaims]; null removes
	Remove      []string `json:"remove,omitempty"`
}

// SessionByHandle is the input of [Session.ByHandle].
type SessionByHandle struct {
	SessionHandle string `json:"sessionHandle"`
}

// SessionDetails is what is stored about a session.
type SessionDetails struct {
	SessionHandle      string `json:"sessionHandle"`
	UserID             string `json:"userId"`
	RecipeUserID       string `json:"recipeUserId"`
	UserDataInDatabase Object `json:"userDataInDatabase"`
	UserDataInJWT      Object `json:"userDataInJWT"`
	Expiry             int64  `json:"expiry"`
	TimeCreated        int64  `json:"timeCreated"`
	TenantID           string `json:"tenantId"`
}

// SetSessionData is the input of [Session.SetData].
type SetSessionData struct {
	SessionHandle      string `json:"sessionHandle"`
	UserDataInDatabase Object `json:"userDataInDatabase"`
}

// SetSessionPayload is the input of [Session.SetPayload].
type SetSessionPayload struct {
	SessionHandle string `json:"sessionHandle"`
	UserDataInJWT Object `json:"userDataInJWT"`
}

// RevokeSessions is the input of [Session.Revoke]: SessionHandles or UserID.
type RevokeSessions struct {
	TenantID       string   `path:"tenant" json:"-"`
	SessionHandles []string `json:"sessionHandles,omitempty"`
	UserID         string   `json:"userId,omitempty"`
	// Both are true by default, and can be given only with UserID.
	RevokeSessionsForLinkedAccounts op.Optional[bool] `json:"revokeSessionsForLinkedAccounts,omitzero"`
	RevokeAcrossAllTenants          op.Optional[bool] `json:"revokeAcrossAllTenants,omitzero"`
}

// RevokedSessions are the handles of the sessions that were there.
type RevokedSessions struct {
	SessionHandlesRevoked []string `json:"sessionHandlesRevoked"`
}

// ListSessions is the input of [Session.ListHandles].
type ListSessions struct {
	TenantID string `path:"tenant" json:"-"`
	UserID   string `json:"userId"`
	// Both are true by default.
	FetchSessionsForAllLinkedAccounts op.Optional[bool] `json:"fetchSessionsForAllLinkedAccounts,omitzero"`
	FetchAcrossAllTenants             op.Optional[bool] `json:"fetchAcrossAllTenants,omitzero"`
}

// SessionHandles is the result of [Session.ListHandles].
type SessionHandles struct {
	SessionHandles []string `json:"sessionHandles"`
}

// Unauthorised is a session that does not exist any more, or a token that
// never was one of ours.
type Unauthorised struct {
	Message string `json:"message"`
}

// FailStatus is UNAUTHORISED.
func (*Unauthorised) FailStatus() op.Status { return "UNAUTHORISED" }
func (e *Unauthorised) Error() string       { return "unauthorised: " + e.Message }

// TryRefreshToken is an access token that no longer serves; the refresh token
// may.
type TryRefreshToken struct {
	Message string `json:"message"`
}

// FailStatus is TRY_REFRESH_TOKEN.
func (*TryRefreshToken) FailStatus() op.Status { return "TRY_REFRESH_TOKEN" }
func (e *TryRefreshToken) Error() string       { return "try refresh token: " + e.Message }

// TokenTheft is a refresh token that was used again after its time. The
// session is already revoked.
type TokenTheft struct {
	Session StolenSession `json:"session"`
}

// StolenSession names the session whose refresh token was used twice.
type StolenSession struct {
	Handle       string `json:"handle"`
	UserID       string `json:"userId"`
	RecipeUserID string `json:"recipeUserId"`
}

// FailStatus is TOKEN_THEFT_DETECTED.
func (*TokenTheft) FailStatus() op.Status { return "TOKEN_THEFT_DETECTED" }
func (e *TokenTheft) Error() string {
	return fmt.Sprintf("a spent refresh token of session %s was used again", e.Session.Handle)
}

// The names of the claims that only a core writes.
const (
	ClaimSubject          = "sub"  // the primary user's id
	ClaimRecipeUserID     = "rsub" // the login method's user id
	ClaimTenantID         = "tId"
	ClaimIssuedAt         = "iat" // seconds
	ClaimExpiresAt        = "exp" // seconds
	ClaimSessionHandle    = "sessionHandle"
	ClaimRefreshHash      = "refreshTokenHash1"
	ClaimParentHash       = "parentRefreshTokenHash1"
	ClaimAntiCSRF         = "antiCsrfToken"
	ClaimSessionTokenType = "stt" // 0 or absent in session tokens
)

// ProtectedClaims returns the names of the claims of an access token that no
// payload may set.
func ProtectedClaims() []string {
	return []string{
		ClaimSubject, ClaimIssuedAt, ClaimExpiresAt, ClaimSessionHandle, ClaimParentHash,
		ClaimRefreshHash, ClaimAntiCSRF, ClaimRecipeUserID, ClaimTenantID, ClaimSessionTokenType,
	}
}

// WithoutProtected returns a copy of o without the [ProtectedClaims].
func (o Object) WithoutProtected() Object {
	out := make(Object, len(o))
	protected := ProtectedClaims()
	for k, v := range o {
		if !slices.Contains(protected, k) {
			out[k] = v
		}
	}
	return out
}
