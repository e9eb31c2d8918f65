package thirdparty

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	exact "github.com/go-jose/go-jose/v4/json"
	"golang.org/x/oauth2"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/op"
)

// started is a sign-in that was begun by /authorisationurl. The client keeps
// it, signed by the core, and brings it back as pkceCodeVerifier: so it is
// bound to whoever began it.
type started struct {
	Purpose  string      `json:"purpose"`
	ID       string      `json:"jti"`
	Place    string      `json:"place"` // the digest of a place
	Verifier core.Secret `json:"verifier,omitempty"`
	Nonce    string      `json:"nonce,omitempty"`
}

const (
	purpose = "thirdparty sign-in"
	// lifetime is how long somebody may take at the provider.
	lifetime   = 10 * time.Minute
	maxStarted = 8 << 10
)

func newNonce() string { return rand.Text() }

// sign makes the text that the client keeps.
func (r *Recipe) sign(ctx context.Context, at place, to Authorisation) (core.Secret, error) {
	digest, err := at.digest()
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(started{Purpose: purpose, ID: rand.Text(), Place: digest, Verifier: to.Verifier, Nonce: to.Nonce})
	if err != nil {
		return "", err
	}
	payload := core.Object{}
	if err := json.Unmarshal(raw, &payload); err != nil {
		return "", err
	}
	out, err := r.app.Core.JWT.Create(ctx, core.CreateJWT{
		Payload: payload, Algorithm: string(jose.RS256), JWKSDomain: r.app.Site.API(),
		Validity: int64(lifetime / time.Second), UseStaticSigningKey: op.Some(true),
	})
	return out.JWT, err
}

var errNotStarted = fdi.BadInput("redirectURIInfo.pkceCodeVerifier is not that of a sign-in which began here within the last ten minutes; send the value from /authorisationurl")

// open reads the text that a client has kept, and checks that the sign-in began
// where it ends. It is good once.
func (r *Recipe) open(ctx context.Context, text core.Secret, at place) (started, error) {
	var s started
	here, err := at.digest()
	if err != nil {
		return s, err
	}
	payload, err := r.verifyOwn(ctx, text)
	if err != nil {
		return s, err
	}
	var times struct {
		ExpiresAt int64 `json:"exp"`
	}
	if exact.Unmarshal(payload, &s) != nil || exact.Unmarshal(payload, &times) != nil || s.Purpose != purpose || s.ID == "" {
		return s, errNotStarted
	}
	left := time.Unix(times.ExpiresAt, 0).Sub(r.app.Now())
	if left <= 0 || s.Place != here {
		return s, errNotStarted
	}
	return s, r.spend(ctx, s.ID)
}

// spend notes that a sign-in has come back. That it was the first who did is
// what decides.
func (r *Recipe) spend(ctx context.Context, id string) error {
	take := r.app.Core.Limit.Take
	if take == nil { // the provider takes a code only once
		return nil
	}
	_, err := take(ctx, core.TakeLimits{Budgets: []core.Budget{{Key: purpose + " " + id, Burst: 1, RefillMs: 2 * lifetime.Milliseconds()}}})
	var spent *core.LimitReached
	if errors.As(err, &spent) {
		return errNotStarted
	}
	return err
}

// isOwn reports whether a verifier is a text that was signed here. One that an
// app made for itself (RFC 7636) has no dots in it that matter: it is no JWT.
func isOwn(verifier core.Secret) bool {
	return strings.HasPrefix(string(verifier), "ey") && strings.Count(string(verifier), ".") == 2
}

// verifierMark is what the verifiers that are made here begin with. One that
// leaks, say from a token endpoint, does not pass for one that an app has made.
const verifierMark = "~"

func newVerifier() string { return verifierMark + oauth2.GenerateVerifier() }

// isAppsOwn reports whether a verifier can be one that an app has made and kept
// (RFC 7636, section 4.1).
func isAppsOwn(verifier core.Secret) bool {
	const least, most = 43, 128
	text := string(verifier)
	return len(text) >= least && len(text) <= most && !strings.HasPrefix(text, verifierMark) && strings.Trim(text, unreserved) == ""
}

const unreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"

// verifyOwn verifies a token by the keys of the core.
func (r *Recipe) verifyOwn(ctx context.Context, text core.Secret) ([]byte, error) {
	if len(text) > maxStarted {
		return nil, errNotStarted
	}
	jws, err := jose.ParseSignedCompact(string(text), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(jws.Signatures) != 1 {
		return nil, errNotStarted
	}
	set, err := r.app.Core.JWT.Keys(ctx, struct{}{})
	if err != nil {
		return nil, err
	}
	for _, key := range set.Keys {
		if key.KeyID != jws.Signatures[0].Protected.KeyID || key.Algorithm != string(jose.RS256) {
			continue
		}
		if payload, err := jws.Verify(key); err == nil {
			return payload, nil
		}
	}
	return nil, errNotStarted
}
