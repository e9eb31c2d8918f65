package idp

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Shape is a provider that the server plays.
type Shape string

// The shapes.
const (
	ActiveDirectory  Shape = "active-directory"
	Apple            Shape = "apple"
	Bitbucket        Shape = "bitbucket"
	BoxySAML         Shape = "boxy-saml"
	Discord          Shape = "discord"
	Facebook         Shape = "facebook"
	GitHub           Shape = "github"
	GitLab           Shape = "gitlab"
	Google           Shape = "google"
	GoogleWorkspaces Shape = "google-workspaces"
	LinkedIn         Shape = "linkedin"
	Okta             Shape = "okta"
	Twitter          Shape = "twitter"
	OIDC             Shape = "oidc"   // OpenID Connect by discovery
	OAuth2           Shape = "oauth2" // OAuth 2.0 with a user info endpoint
)

// Shapes returns all of them.
func Shapes() []Shape {
	return []Shape{
		ActiveDirectory, Apple, Bitbucket, BoxySAML, Discord, Facebook, GitHub, GitLab, Google, GoogleWorkspaces,
		LinkedIn, Okta, Twitter, OIDC, OAuth2,
	}
}

// Account is a person at a provider.
type Account struct {
	// ID is the provider's id of the user, of any JSON type: "1001", 1001,
	// json.Number("12345678901234567890").
	ID any
	// Email may be empty: the provider then tells none.
	Email string
	// Verified is what the provider says of the address, of any JSON type; nil
	// says nothing.
	Verified any
	Name     string
}

// Server is the provider. It is safe for concurrent use.
type Server struct {
	// URL is where the server is, without a slash at the end. Set it before the
	// first request.
	URL string
	// Now is the clock; default time.Now.
	Now func() time.Time

	mu       sync.Mutex
	accounts []Account
	codes    map[string]grant
	tokens   map[string]grant
	faults   map[Shape]Fault
	requests map[Shape][]Request
	appleKey *ecdsa.PrivateKey
}

// grant is what a person has agreed to.
type grant struct {
	shape       Shape
	account     Account
	clientID    string
	redirectURI string
	challenge   string
	nonce       string
	scope       string
}

// Request is one that the server got at its token endpoint, or at one where it
// is asked for users.
type Request struct {
	Path          string
	Form          url.Values
	Authorization string
}

// New returns a provider with two people, Ada and Bob.
func New() *Server {
	return &Server{
		Now:      time.Now,
		accounts: []Account{Ada(), Bob()},
		codes:    map[string]grant{}, tokens: map[string]grant{}, faults: map[Shape]Fault{}, requests: map[Shape][]Request{},
	}
}

// signingKey is that of all servers of a process: it is made when the first ID
// token is.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil { // never
		panic(err)
	}
	return key
})

// Ada has proved her address.
func Ada() Account {
	return Account{ID: "1001", Email: "ada@example.com", Verified: true, Name: "Ada Lovelace"}
}

// Bob has not.
func Bob() Account {
	return Account{ID: "1002", Email: "bob@example.com", Verified: false, Name: "Bob Babbage"}
}

// ServeHTTP serves all shapes, each below its name.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	shape, path := s.locate(r)
	if f := s.fault(shape); f.Answer != nil && f.Answer(w, r) {
		return
	}
	serve, ok := s.routes()[path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	serve(w, r, shape)
}

// locate finds the shape and the path below it. Some providers are asked at
// paths of their API that have no prefix.
func (s *Server) locate(r *http.Request) (Shape, string) {
	switch path := r.URL.Path; {
	case path == "/tokeninfo":
		return Google, path
	case path == "/debug_token":
		return Facebook, path
	case path == "/api/oauth2/@me":
		return Discord, path
	case strings.HasPrefix(path, "/applications/"):
		return GitHub, "/applications"
	}
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return Shape(name), "/" + rest
}

type handler func(w http.ResponseWriter, r *http.Request, shape Shape)

func (s *Server) routes() map[string]handler {
	return map[string]handler{
		"/.well-known/openid-configuration": s.discovery,
		"/jwks":                             s.jwks,
		"/authorize":                        s.authorize,
		"/api/oauth/authorize":              s.authorize,
		"/token":                            s.token,
		"/api/oauth/token":                  s.token,
		"/userinfo":                         s.userInfo,
		"/userinfo/emails":                  s.emails,
		"/api/oauth/userinfo":               s.userInfo,
		"/applications":                     s.checkGitHub,
		"/tokeninfo":                        s.checkGoogle,
		"/debug_token":                      s.checkFacebook,
		"/api/oauth2/@me":                   s.checkDiscord,
	}
}

// Requests returns what a provider was asked for, at its token endpoint and
// for users.
func (s *Server) Requests(shape Shape) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests[shape]...)
}

func (s *Server) note(shape Shape, r *http.Request) {
	_ = r.ParseForm() // what is no form has no values
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[shape] = append(s.requests[shape], Request{r.URL.Path, r.Form, r.Header.Get("Authorization")})
}

// issuer is the issuer of a shape's ID tokens.
func (s *Server) issuer(shape Shape) string { return s.URL + "/" + string(shape) }

func (s *Server) discovery(w http.ResponseWriter, _ *http.Request, shape Shape) {
	base := s.issuer(shape)
	doc := map[string]any{
		"issuer": base, "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/token",
		"userinfo_endpoint": base + "/userinfo", "jwks_uri": base + "/jwks",
		"id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"},
		"subject_types_supported": []string{"public"},
	}
	if shape != Apple && shape != ActiveDirectory { // these two do not say
		doc["code_challenge_methods_supported"] = []string{"plain", "S256"}
	}
	if shape == Apple {
		delete(doc, "userinfo_endpoint")
	}
	if change := s.fault(shape).Discovery; change != nil {
		change(doc)
	}
	writeJSON(w, http.StatusOK, doc)
}

const keyID = "idp-1"

func (s *Server) jwks(w http.ResponseWriter, _ *http.Request, _ Shape) {
	writeJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{
		Key: signingKey().Public(), KeyID: keyID, Algorithm: "RS256", Use: "sig",
	}}})
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	b, err := json.Marshal(v)
	if err != nil { // only for an account that cannot be JSON
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(b)
}
