package idp

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// token exchanges a code.
func (s *Server) token(w http.ResponseWriter, r *http.Request, shape Shape) {
	s.note(shape, r)
	if r.Method != http.MethodPost || r.PostForm.Get("grant_type") != "authorization_code" {
		tokenError(w, "unsupported_grant_type", "only POST with grant_type=authorization_code")
		return
	}
	clientID, err := s.client(shape, r)
	if err != nil {
		w.Header().Set("WWW-Authenticate", "Basic")
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client", "error_description": err.Error()})
		return
	}
	g, err := s.redeem(shape, clientID, r.PostForm)
	if err != nil {
		tokenError(w, "invalid_grant", err.Error())
		return
	}
	s.answerTokens(w, g)
}

func tokenError(w http.ResponseWriter, code, description string) {
	writeJSON(w, http.StatusBadRequest, map[string]string{"error": code, "error_description": description})
}

// client authenticates the client, each provider in its way.
func (s *Server) client(shape Shape, r *http.Request) (string, error) {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if shape == Twitter {
		var ok bool
		if id, secret, ok = r.BasicAuth(); !ok {
			return "", fmt.Errorf("the client has to use HTTP Basic authentication")
		}
	}
	if shape == Apple {
		return id, s.checkAppleSecret(id, secret)
	}
	if id != ClientID || subtle.ConstantTimeCompare([]byte(secret), []byte(ClientSecret)) != 1 {
		return "", fmt.Errorf("the client %q or its secret is not right", id)
	}
	return id, nil
}

// checkAppleSecret verifies the token that the client signs, by the public
// part of the key that [Server.Config] gave it.
func (s *Server) checkAppleSecret(id, secret string) error {
	jws, err := jose.ParseSignedCompact(secret, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return fmt.Errorf("client_secret: %w", err)
	}
	s.mu.Lock()
	key := s.appleKey
	s.mu.Unlock()
	if key == nil {
		return fmt.Errorf("client_secret: the server has given out no key")
	}
	payload, err := jws.Verify(key.Public())
	if err != nil {
		return fmt.Errorf("client_secret: %w", err)
	}
	var c struct {
		Iss, Aud, Sub string
		Iat, Exp      int64
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return err
	}
	now := s.Now()
	switch {
	case jws.Signatures[0].Protected.KeyID != AppleKeyID:
		return fmt.Errorf("client_secret: kid is %q", jws.Signatures[0].Protected.KeyID)
	case c.Iss != AppleTeamID, c.Sub != id, id != ClientID, c.Aud != "https://appleid.apple.com":
		return fmt.Errorf("client_secret: the claims are %+v", c)
	case c.Exp <= now.Unix(), c.Iat > now.Add(time.Minute).Unix(), c.Exp-now.Unix() > 15777000:
		return fmt.Errorf("client_secret: it is not good now")
	}
	return nil
}

// redeem spends a code.
func (s *Server) redeem(shape Shape, clientID string, form url.Values) (grant, error) {
	s.mu.Lock()
	g, ok := s.codes[form.Get("code")]
	delete(s.codes, form.Get("code"))
	s.mu.Unlock()
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	switch {
	case !ok || g.shape != shape:
		return g, fmt.Errorf("the code is not good, or was used")
	case g.clientID != clientID || g.redirectURI != form.Get("redirect_uri"):
		return g, fmt.Errorf("the code was made for another client or redirect_uri")
	case g.challenge == "" && form.Get("code_verifier") != "":
		return g, fmt.Errorf("there is a code_verifier, and there was no code_challenge")
	case g.challenge != "" && g.challenge != base64.RawURLEncoding.EncodeToString(sum[:]):
		return g, fmt.Errorf("the code_verifier is not right")
	}
	return g, nil
}

func (s *Server) answerTokens(w http.ResponseWriter, g grant) {
	access := s.AccessToken(g.shape, g.account, g.clientID)
	out := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 3600}
	if hasIDToken(g.shape) {
		out["id_token"] = s.idToken(g)
	}
	writeJSON(w, http.StatusOK, out)
}

func hasIDToken(shape Shape) bool {
	switch shape {
	case ActiveDirectory, Apple, GitLab, Google, GoogleWorkspaces, Okta, OIDC:
		return true
	}
	return false
}

// AccessToken makes an access token, as an app gets it that signs in by itself.
func (s *Server) AccessToken(shape Shape, a Account, clientID string) string {
	token := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[token] = grant{shape: shape, account: a, clientID: clientID}
	return token
}

// IDToken makes an ID token, as an app gets it that signs in by itself.
func (s *Server) IDToken(shape Shape, a Account, clientID string) string {
	return s.idToken(grant{shape: shape, account: a, clientID: clientID})
}

func (s *Server) idToken(g grant) string {
	claims, f := s.claims(g), s.fault(g.shape)
	if f.Claims != nil {
		f.Claims(claims)
	}
	if f.Sign != nil {
		return f.Sign(claims)
	}
	return s.Sign(claims)
}

// Sign signs claims as the server does.
func (s *Server) Sign(claims map[string]any) string {
	return SignBy(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: signingKey(), KeyID: keyID}}, claims)
}

// Key is the server's signing key.
func (s *Server) Key() jose.JSONWebKey { return jose.JSONWebKey{Key: signingKey(), KeyID: keyID} }

// SignBy signs claims by a key; for tokens that must not be taken.
func SignBy(key jose.SigningKey, claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		panic(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return text
}
