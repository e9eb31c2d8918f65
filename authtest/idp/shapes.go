package idp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/thirdparty"
)

// The registration that every shape has.
const (
	ClientID     = "test-client"
	ClientSecret = "test-client-secret"
	AppleKeyID   = "KEY1234567"
	AppleTeamID  = "TEAM123456"
	// Domain is the domain of people at Google Workspaces.
	Domain = "example.com"
	// DirectoryID is the directory of people at Active Directory.
	DirectoryID = "11111111-2222-3333-4444-555555555555"
)

// Config returns a provider's configuration, with its endpoints here.
func (s *Server) Config(shape Shape) thirdparty.Provider {
	base := s.issuer(shape)
	p := thirdparty.Provider{
		ThirdPartyID: string(shape),
		Clients:      []thirdparty.Client{{ClientID: ClientID, ClientSecret: ClientSecret}},
	}
	switch shape {
	case Apple:
		p.OIDCDiscoveryEndpoint = base
		p.Clients[0].ClientSecret = ""
		p.Clients[0].AdditionalConfig = map[string]core.Secret{"keyId": AppleKeyID, "teamId": AppleTeamID, "privateKey": core.Secret(s.applePEM())}
	case BoxySAML:
		p.Clients[0].AdditionalConfig = map[string]core.Secret{"boxyURL": core.Secret(base)}
	case Google, GoogleWorkspaces, ActiveDirectory, GitLab, Okta, OIDC:
		p.OIDCDiscoveryEndpoint = base + "/.well-known/openid-configuration"
	default:
		p.AuthorizationEndpoint, p.TokenEndpoint, p.UserInfoEndpoint = base+"/authorize", base+"/token", base+"/userinfo"
	}
	switch shape {
	case GoogleWorkspaces:
		p.Clients[0].AdditionalConfig = map[string]core.Secret{"hd": Domain}
	case OIDC:
		p.Name, p.Clients[0].Scope = "Test OpenID", []string{"openid", "email"}
	case OAuth2:
		p.Name = "Test OAuth"
		p.UserInfoMap.FromUserInfoAPI = thirdparty.UserInfoFields{UserID: "id", Email: "contact.email", EmailVerified: "contact.confirmed"}
	}
	return p
}

func newP256() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil { // never
		panic(err)
	}
	return key
}

// applePEM is the private key that Apple lets a developer load down once.
func (s *Server) applePEM() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.appleKey == nil {
		s.appleKey = newP256()
	}
	der, err := x509.MarshalPKCS8PrivateKey(s.appleKey)
	if err != nil { // never
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// claims are those of an ID token, as each provider writes them.
func (s *Server) claims(g grant) map[string]any {
	now, a := s.Now().Unix(), g.account
	c := map[string]any{"iss": s.issuer(g.shape), "aud": g.clientID, "sub": a.ID, "iat": now, "exp": now + 3600}
	if g.nonce != "" {
		c["nonce"] = g.nonce
	}
	if a.Email != "" {
		c["email"] = a.Email
	}
	if a.Email != "" && a.Verified != nil && g.shape != ActiveDirectory {
		c["email_verified"] = a.Verified
	}
	switch g.shape {
	case Google, GoogleWorkspaces:
		c["azp"], c["at_hash"] = g.clientID, "pJ5vKJ6kLm"
		if g.shape == GoogleWorkspaces {
			c["hd"] = Domain
		}
	case Apple: // booleans may be strings there
		if v, ok := c["email_verified"].(bool); ok {
			c["email_verified"] = map[bool]string{true: "true", false: "false"}[v]
		}
		c["is_private_email"], c["auth_time"], c["nonce_supported"] = "false", now, true
	case ActiveDirectory:
		c["tid"], c["ver"], c["oid"], c["preferred_username"] = DirectoryID, "2.0", "oid-of-the-user", a.Email
		if a.Verified != nil {
			c["xms_edov"] = a.Verified
		}
	}
	return c
}

// bearer is whose access token a request has.
func (s *Server) bearer(r *http.Request) (grant, bool) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		token = r.URL.Query().Get("access_token")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.tokens[token]
	return g, ok
}

// userInfo answers whose access token it is, as each provider does.
func (s *Server) userInfo(w http.ResponseWriter, r *http.Request, shape Shape) {
	s.note(shape, r)
	g, ok := s.bearer(r)
	if !ok || g.shape != shape {
		writeJSON(w, http.StatusUnauthorized, map[string]string{"message": "Bad credentials"})
		return
	}
	info := userOf(shape, g.account, r)
	if change := s.fault(shape).UserInfo; change != nil {
		change(info)
	}
	writeJSON(w, http.StatusOK, info)
}

func userOf(shape Shape, a Account, r *http.Request) map[string]any {
	known := map[string]any{}
	set := func(name string, v any) {
		if v != nil && v != "" {
			known[name] = v
		}
	}
	switch shape {
	case GitHub: // the public profile; its email need not be the primary one
		return map[string]any{"login": "ada", "id": numberOf(a.ID), "node_id": "MDQ6VXNlcjE=", "email": nil, "name": a.Name, "type": "User"}
	case Bitbucket:
		return map[string]any{"uuid": a.ID, "account_id": "557058:1", "display_name": a.Name, "type": "user"}
	case Twitter:
		return map[string]any{"data": map[string]any{"id": a.ID, "name": a.Name, "username": "ada"}}
	case Facebook:
		for _, field := range strings.Split(r.URL.Query().Get("fields"), ",") {
			switch field {
			case "id":
				set("id", a.ID)
			case "email":
				set("email", a.Email)
			case "name":
				set("name", a.Name)
			}
		}
		return known
	case Discord:
		set("id", a.ID)
		set("email", a.Email)
		set("verified", a.Verified)
		set("username", "ada")
		known["discriminator"] = "0"
		return known
	case BoxySAML:
		set("id", a.ID)
		set("email", a.Email)
		set("firstName", a.Name)
		return known
	case OAuth2:
		set("id", a.ID)
		known["contact"] = map[string]any{"email": a.Email, "confirmed": a.Verified}
		return known
	}
	set("sub", a.ID)
	set("email", a.Email)
	set("email_verified", a.Verified)
	set("name", a.Name)
	return known
}

// numberOf writes an id of digits as a number.
func numberOf(id any) any {
	if text, ok := id.(string); ok && strings.Trim(text, "0123456789") == "" {
		return json.Number(text)
	}
	return id
}

// emails lists the addresses of a user, as GitHub and Bitbucket do.
func (s *Server) emails(w http.ResponseWriter, r *http.Request, shape Shape) {
	s.note(shape, r)
	g, ok := s.bearer(r)
	switch {
	case !ok || g.shape != shape:
		writeJSON(w, http.StatusUnauthorized, map[string]string{"message": "Bad credentials"})
	case shape == GitHub:
		list := []map[string]any{{"email": "old@example.org", "primary": false, "verified": true, "visibility": nil}}
		if g.account.Email != "" {
			list = append(list, map[string]any{"email": g.account.Email, "primary": true, "verified": g.account.Verified, "visibility": "private"})
		}
		writeJSON(w, http.StatusOK, list)
	default:
		list := []map[string]any{}
		if g.account.Email != "" {
			list = append(list, map[string]any{"email": g.account.Email, "is_primary": true, "is_confirmed": g.account.Verified, "type": "email"})
		}
		writeJSON(w, http.StatusOK, map[string]any{"pagelen": 10, "page": 1, "size": len(list), "values": list})
	}
}

// The endpoints that tell for which app an access token was made.

func (s *Server) checkGitHub(w http.ResponseWriter, r *http.Request, _ Shape) {
	id, secret, _ := r.BasicAuth()
	var body struct {
		AccessToken string `json:"access_token"`
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	s.mu.Lock()
	g, ok := s.tokens[body.AccessToken]
	s.mu.Unlock()
	if !ok || g.shape != GitHub || id != ClientID || secret != ClientSecret || !strings.HasSuffix(r.URL.Path, "/"+id+"/token") || g.clientID != id {
		writeJSON(w, http.StatusNotFound, map[string]string{"message": "Not Found"})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"app": map[string]any{"client_id": g.clientID, "name": "app"}, "user": map[string]any{"id": numberOf(g.account.ID)}})
}

func (s *Server) checkGoogle(w http.ResponseWriter, r *http.Request, _ Shape) {
	g, ok := s.bearer(r)
	if !ok {
		tokenError(w, "invalid_token", "Invalid Value")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"aud": g.clientID, "azp": g.clientID, "sub": g.account.ID, "email": g.account.Email})
}

func (s *Server) checkFacebook(w http.ResponseWriter, r *http.Request, _ Shape) {
	s.mu.Lock()
	g, ok := s.tokens[r.URL.Query().Get("input_token")]
	s.mu.Unlock()
	if r.URL.Query().Get("access_token") != ClientID+"|"+ClientSecret {
		tokenError(w, "OAuthException", "the app's token is not right")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"data": map[string]any{"app_id": g.clientID, "is_valid": ok, "user_id": g.account.ID}})
}

func (s *Server) checkDiscord(w http.ResponseWriter, r *http.Request, _ Shape) {
	g, ok := s.bearer(r)
	if !ok {
		writeJSON(w, http.StatusUnauthorized, map[string]string{"message": "401: Unauthorized"})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"application": map[string]any{"id": g.clientID, "name": "app"}, "scopes": []string{"identify", "email"}})
}
