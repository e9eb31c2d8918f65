package thirdparty_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/accountlinking"
	"github.com/posternauth/postern/recipe/thirdparty"
)

// refusedAll wants 4xx, no user and no session.
func (w *world) refusedAll(name string, b *authtest.Browser, a *authtest.Answer) {
	w.t.Helper()
	if a.StatusCode < 400 || a.StatusCode > 499 || a.Header.Get("Set-Cookie") != "" || b.SignedIn() || w.users() != 0 {
		w.t.Errorf("%s: %d %s, signed in: %v, %d users", name, a.StatusCode, a.Text, b.SignedIn(), w.users())
	}
}

// TestForeignIDTokens is row 8 of the security table: tokens that were made
// for others, by others, or at another time.
func TestForeignIDTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.OIDC)
	now := func() int64 { return w.Clock.Now().Unix() }
	for name, change := range map[string]func(c map[string]any){
		"another audience":                func(c map[string]any) { c["aud"] = "somebody-else" },
		"several, asked for by another":   func(c map[string]any) { c["aud"], c["azp"] = []string{idp.ClientID, "other"}, "other" },
		"several, asked for by nobody":    func(c map[string]any) { c["aud"] = []string{idp.ClientID, "other"} },
		"no audience":                     func(c map[string]any) { delete(c, "aud") },
		"an empty list of audiences":      func(c map[string]any) { c["aud"] = []string{} },
		"an audience that is a number":    func(c map[string]any) { c["aud"] = 1 },
		"another issuer":                  func(c map[string]any) { c["iss"] = "https://example.org" },
		"the issuer with a slash":         func(c map[string]any) { c["iss"] = c["iss"].(string) + "/" },
		"the issuer in upper case":        func(c map[string]any) { c["iss"] = strings.ToUpper(c["iss"].(string)) },
		"no issuer":                       func(c map[string]any) { delete(c, "iss") },
		"expired":                         func(c map[string]any) { c["exp"] = now() - 120 },
		"no expiry":                       func(c map[string]any) { delete(c, "exp") },
		"an expiry that is text":          func(c map[string]any) { c["exp"] = "tomorrow" },
		"from the future":                 func(c map[string]any) { c["iat"] = now() + 3600 },
		"without a time":                  func(c map[string]any) { delete(c, "iat") },
		"nobody":                          func(c map[string]any) { delete(c, "sub") },
		"somebody without a name":         func(c map[string]any) { c["sub"] = "" },
		"a subject that is no text":       func(c map[string]any) { c["sub"] = []string{"1001"} },
		"claims in another spelling":      func(c map[string]any) { c["SUB"] = c["sub"]; delete(c, "sub") },
		"an audience in another spelling": func(c map[string]any) { c["Aud"] = c["aud"]; delete(c, "aud") },
	} {
		w.idp.Break(idp.OIDC, idp.Fault{Claims: change})
		b := w.Browser()
		w.refusedAll(name, b, w.tokens(b, "oidc", map[string]any{"id_token": w.idp.IDToken(idp.OIDC, idp.Ada(), idp.ClientID)}))
	}
	w.idp.Break(idp.OIDC, idp.Fault{})
	for name, token := range map[string]any{
		"no token": nil, "a number": 1, "nothing": "", "dots": strings.Repeat(".", 1<<19), "an access token": w.idp.AccessToken(idp.OIDC, idp.Ada(), idp.ClientID),
	} {
		b := w.Browser()
		w.refusedAll(name, b, w.tokens(b, "oidc", map[string]any{"id_token": token}))
	}
	w.tokens(w.Browser(), "oidc", map[string]any{"id_token": w.idp.IDToken(idp.OIDC, idp.Ada(), idp.ClientID)}).OK()
}

// TestWrongNonce is the same for a token of the very provider and client, that
// belongs to another sign-in.
func TestWrongNonce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.OIDC)
	for name, change := range map[string]func(c map[string]any){
		"another nonce": func(c map[string]any) { c["nonce"] = "another" },
		"no nonce":      func(c map[string]any) { delete(c, "nonce") },
	} {
		w.idp.Break(idp.OIDC, idp.Fault{Claims: change})
		b := asBrowser(w.Browser(), w.URL)
		w.refusedAll(name, b, w.signIn(b, "oidc", idp.Ada()))
	}
}

// TestForeignDiscovery has the discovery document name another issuer.
func TestForeignDiscovery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.OIDC)
	w.idp.Break(idp.OIDC, idp.Fault{Discovery: func(d map[string]any) { d["issuer"] = "https://example.org" }})
	token := w.idp.IDToken(idp.OIDC, idp.Ada(), idp.ClientID)
	b := w.Browser()
	if a := w.tokens(b, "oidc", map[string]any{"id_token": token}); a.StatusCode != http.StatusServiceUnavailable || b.SignedIn() || w.users() != 0 {
		t.Errorf("%d %s", a.StatusCode, a.Text)
	}
}

// TestAlgorithms is row 9 for ID tokens: what is signed by another algorithm
// than the provider's, or not at all.
func TestAlgorithms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.OIDC)
	own := w.idp.Key()
	public, err := own.Public().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	by := func(alg jose.SignatureAlgorithm, key any) func(map[string]any) string {
		return func(c map[string]any) string {
			return idp.SignBy(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: own.KeyID}}, c)
		}
	}
	unsigned := func(alg string) func(map[string]any) string {
		return func(c map[string]any) string {
			payload, _ := json.Marshal(c)
			header, _ := json.Marshal(map[string]string{"alg": alg, "kid": own.KeyID, "typ": "JWT"})
			return base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload) + "."
		}
	}
	// The keys are published without their algorithm, so that only the
	// provider's own word is there to go by.
	keys := idp.At(func(rw http.ResponseWriter, _ *http.Request) bool {
		bare := own.Public()
		bare.Algorithm, bare.Use = "", ""
		_ = json.NewEncoder(rw).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{bare}})
		return true
	}, "/jwks")
	for name, sign := range map[string]func(map[string]any) string{
		"HS256 by the public key": by(jose.HS256, public),
		"PS256":                   by(jose.PS256, own.Key),
		"RS512":                   by(jose.RS512, own.Key),
		"another key":             by(jose.RS256, other),
		"none":                    unsigned("none"),
		"None":                    unsigned("None"),
		"nOnE":                    unsigned("nOnE"),
		"RS256 without signature": unsigned("RS256"),
	} {
		w.idp.Break(idp.OIDC, idp.Fault{Sign: sign, Answer: keys})
		b := w.Browser()
		w.refusedAll(name, b, w.tokens(b, "oidc", map[string]any{"id_token": w.idp.IDToken(idp.OIDC, idp.Ada(), idp.ClientID)}))
	}
	w.idp.Break(idp.OIDC, idp.Fault{Answer: keys})
	w.tokens(w.Browser(), "oidc", map[string]any{"id_token": w.idp.IDToken(idp.OIDC, idp.Ada(), idp.ClientID)}).OK()
}

// TestKeyInjection is row 10 for ID tokens: a key is found by its exact id in
// the provider's own set, and nowhere else.
func TestKeyInjection(t *testing.T) {
	t.Parallel()
	var fetched atomic.Int64
	w := newWorld(t, nil, idp.OIDC)
	w.idp.Break(idp.OIDC, idp.Fault{Answer: func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/jwks") {
			fetched.Add(1)
		}
		return false
	}})
	var asked atomic.Int64
	intruder := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(intruder.Close)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{"iss": w.idp.URL + "/oidc", "aud": idp.ClientID, "sub": "1001", "email": "ada@example.com", "iat": w.Clock.Now().Unix(), "exp": w.Clock.Now().Unix() + 60}
	payload, _ := json.Marshal(claims)
	forge := func(headers map[jose.HeaderKey]any, embed bool) string {
		opts := (&jose.SignerOptions{EmbedJWK: embed}).WithType("JWT")
		for name, value := range headers {
			opts.WithHeader(name, value)
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, opts)
		if err != nil {
			t.Fatal(err)
		}
		jws, err := signer.Sign(payload)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := jws.CompactSerialize()
		return text
	}
	for name, token := range map[string]string{
		"kid: a path":    forge(map[jose.HeaderKey]any{"kid": "../../dev/null"}, false),
		"kid: SQL":       forge(map[jose.HeaderKey]any{"kid": "' or 1=1--"}, false),
		"kid: 10 kB":     forge(map[jose.HeaderKey]any{"kid": strings.Repeat("k", 10<<10)}, false),
		"kid: NUL":       forge(map[jose.HeaderKey]any{"kid": "\x00"}, false),
		"kid: the right": forge(map[jose.HeaderKey]any{"kid": "idp-1"}, false),
		"jwk":            forge(map[jose.HeaderKey]any{"kid": "idp-1"}, true),
		"jku":            forge(map[jose.HeaderKey]any{"kid": "idp-1", "jku": intruder.URL + "/jwks"}, false),
		"x5u":            forge(map[jose.HeaderKey]any{"x5u": intruder.URL + "/cert"}, false),
	} {
		b := w.Browser()
		w.refusedAll(name, b, w.tokens(b, "oidc", map[string]any{"id_token": token}))
	}
	for range 50 {
		w.tokens(w.Browser(), "oidc", map[string]any{"id_token": forge(map[jose.HeaderKey]any{"kid": rand.Text()}, false)}).Want(400)
	}
	if asked.Load() != 0 {
		t.Errorf("the intruder was asked %d times", asked.Load())
	}
	if n := fetched.Load(); n > 1 {
		t.Errorf("the provider's keys were fetched %d times by a clock that stands", n)
	}
}

// TestForeignAccessTokens takes no access token that was made for another app,
// and none of which that cannot be told.
func TestForeignAccessTokens(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		shape idp.Shape
		own   int // the answer to a token that was made for this app
	}{
		{idp.Google, 200}, {idp.GitHub, 200}, {idp.Discord, 200}, {idp.Facebook, 200},
		{idp.OIDC, 400}, {idp.Okta, 400}, {idp.LinkedIn, 400}, {idp.Bitbucket, 400}, {idp.OAuth2, 400},
	} {
		t.Run(string(row.shape), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *thirdparty.Config, s *idp.Server) {
				if row.shape == idp.Google { // Google's token info is beside its token endpoint
					c.Providers[0].TokenEndpoint = s.URL + "/token"
				}
			}, row.shape)
			b := w.Browser()
			w.refusedAll("a token of another app", b, w.tokens(b, string(row.shape), map[string]any{
				"access_token": w.idp.AccessToken(row.shape, idp.Ada(), "somebody-else"),
			}))
			w.tokens(w.Browser(), string(row.shape), map[string]any{
				"access_token": w.idp.AccessToken(row.shape, idp.Ada(), idp.ClientID),
			}).Want(row.own)
		})
	}
}

// TestNoIDToken brings an access token alone, by the right client, where the
// claims of ID tokens decide who gets in.
func TestNoIDToken(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		shape  idp.Shape
		change func(c *thirdparty.Config)
	}{
		"a domain": {idp.GoogleWorkspaces, func(*thirdparty.Config) {}},
		"a check": {idp.Google, func(c *thirdparty.Config) {
			c.Providers[0].ValidateIDToken = func(context.Context, core.Object, thirdparty.Client) error { return nil }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *thirdparty.Config, s *idp.Server) {
				c.Providers[0].TokenEndpoint = s.URL + "/token"
				row.change(c)
			}, row.shape)
			access := w.idp.AccessToken(row.shape, idp.Ada(), idp.ClientID)
			b := w.Browser()
			w.refusedAll(name, b, w.tokens(b, string(row.shape), map[string]any{"access_token": access}))
			w.tokens(w.Browser(), string(row.shape), map[string]any{
				"access_token": access, "id_token": w.idp.IDToken(row.shape, idp.Ada(), idp.ClientID),
			}).OK()
		})
	}
}

// TestMixedTokens brings an ID token of one person and an access token of
// another.
func TestMixedTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.OIDC)
	b := w.Browser()
	w.refusedAll("mixed", b, w.tokens(b, "oidc", map[string]any{
		"id_token": w.idp.IDToken(idp.OIDC, idp.Ada(), idp.ClientID), "access_token": w.idp.AccessToken(idp.OIDC, idp.Bob(), idp.ClientID),
	}))
}

// TestBinding is row 14 of the security table: a sign-in is finished by the
// browser that began it, at the provider where it began, once.
func TestBinding(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.Google, idp.GitHub, idp.LinkedIn)
	for _, id := range []string{"google", "github", "linkedin"} {
		t.Run(id, func(t *testing.T) {
			browser := func() *authtest.Browser { return asBrowser(w.Browser(), w.URL) }
			refused := func(name string, in begun, query url.Values) {
				t.Helper()
				b := browser()
				if a := w.finish(b, in, query); a.StatusCode != 400 || b.SignedIn() {
					t.Errorf("%s: %d %s", name, a.StatusCode, a.Text)
				}
			}
			in := w.begin(browser(), id)
			query := w.consent(in, idp.Ada())
			without := in
			without.verifier = ""
			refused("somebody else's code, in a browser that began nothing", without, query)
			others := w.begin(browser(), id)
			mixed := in
			mixed.verifier = others.verifier
			if b := browser(); id != "linkedin" { // has neither PKCE nor ID tokens: the code is all there is
				if a := w.finish(b, mixed, query); b.SignedIn() {
					t.Errorf("somebody else's code: %d %s", a.StatusCode, a.Text)
				}
			}
			other := map[string]string{"google": "github", "github": "google", "linkedin": "google"}[id]
			elsewhere := w.beginAt(browser(), other, in.redirectURI)
			mixed.verifier = elsewhere.verifier
			refused("begun at another provider", mixed, query)
			moved := w.begin(browser(), id)
			query = w.consent(moved, idp.Ada())
			moved.redirectURI += "x"
			refused("another redirect URI", moved, query)
			tampered := w.begin(browser(), id)
			query = w.consent(tampered, idp.Ada())
			tampered.verifier = tampered.verifier[:len(tampered.verifier)-4] + "AAAA"
			refused("a verifier with another signature", tampered, query)

			late := w.begin(browser(), id)
			query = w.consent(late, idp.Ada())
			w.Clock.Advance(11 * time.Minute)
			refused("after eleven minutes", late, query)

			once := w.begin(browser(), id)
			w.finish(browser(), once, w.consent(once, idp.Ada())).OK()
			refused("a second time", once, w.consent(once, idp.Ada()))
		})
	}
}

// TestOnce hands in one sign-in many times at once.
func TestOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.Google)
	in := w.begin(w.Browser(), "google")
	query := w.consent(in, idp.Ada())
	var ok atomic.Int64
	var wait sync.WaitGroup
	for range 30 {
		b := asBrowser(w.Browser(), w.URL)
		wait.Go(func() {
			if a := w.finish(b, in, query); a.StatusCode == 200 && b.SignedIn() {
				ok.Add(1)
			}
		})
	}
	wait.Wait()
	if ok.Load() != 1 {
		t.Errorf("%d of 30 are signed in", ok.Load())
	}
}

// TestNoChallengeNoCode redeems a code of a sign-in with PKCE with another
// verifier than its own, as an app may try that is no browser.
func TestNoChallengeNoCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.GitHub)
	in := w.begin(w.Browser(), "github")
	query := w.consent(in, idp.Ada())
	in.verifier = oauth2.GenerateVerifier()
	b := w.Browser()
	if a := w.finish(b, in, query).Status("GENERAL_ERROR"); b.SignedIn() {
		t.Error(a.Text)
	}
	if n := w.users(); n != 0 {
		t.Errorf("%d users", n)
	}
}

// TestOtherIssuerSentBack is RFC 9207: the response says whose it is.
func TestOtherIssuerSentBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.Google)
	in := w.begin(w.Browser(), "google")
	query := w.consent(in, idp.Ada())
	query.Set("iss", "https://example.org")
	b := w.Browser()
	w.refusedAll("another issuer", b, w.finish(b, in, query))
}

// TestUnverifiedEmails is row 4: an address never identifies, and links only
// when a provider that is trusted says that it is proved.
func TestUnverifiedEmails(t *testing.T) {
	t.Parallel()
	const victim = "victim@example.com"
	for name, row := range map[string]struct {
		verified any
		change   func(c *thirdparty.Config, s *idp.Server)
	}{
		"no word":               {verified: nil},
		"false":                 {verified: false},
		"the text false":        {verified: "false"},
		"true, but not trusted": {verified: true, change: func(c *thirdparty.Config, _ *idp.Server) { c.Providers[0].UntrustedEmail = true }},
		"true, the client's say": {verified: true, change: func(c *thirdparty.Config, _ *idp.Server) {
			c.Providers[0].Clients[0].AdditionalConfig = map[string]core.Secret{"untrustedEmail": "true"}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLinkingWorld(t, accountlinking.Config{ShouldLink: linkProved}, row.change, idp.OIDC)
			id := w.Browser().SignUp(victim, "correct horse 1")
			if err := w.Verification.ProveAddress(t.Context(), core.Public, id, victim); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Linking.LinkOrMakePrimary(t.Context(), core.Public, id); err != nil {
				t.Fatal(err)
			}
			b := w.Browser()
			w.signIn(b, "oidc", idp.Account{ID: "m", Email: victim, Verified: row.verified}).Status("SIGN_IN_UP_NOT_ALLOWED").Has("ERR_CODE_006")
			if b.SignedIn() || w.users() != 1 {
				t.Errorf("signed in: %v, %d users", b.SignedIn(), w.users())
			}
		})
	}
}

// TestPreHijack is row 1: somebody signs up with the victim's address and
// waits for the victim to come by a provider.
func TestPreHijack(t *testing.T) {
	t.Parallel()
	const victim = "victim@example.com"
	for name, linking := range map[string]accountlinking.Config{
		"linking":    {ShouldLink: linkProved},
		"no linking": {},
		"linking without proof": {ShouldLink: func(context.Context, accountlinking.Question) (accountlinking.Answer, error) {
			return accountlinking.Answer{Link: true, WithoutProof: true}, nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLinkingWorld(t, linking, nil, idp.Google)
			intruder := w.Browser()
			intruderID := intruder.SignUp(victim, "correct horse 1")
			b := w.Browser()
			user := w.decode(w.signIn(b, "google", idp.Account{ID: "v", Email: victim, Verified: true})).User
			if user.ID == intruderID || len(user.LoginMethods) != 1 || user.LoginMethods[0].RecipeID != "thirdparty" {
				t.Errorf("the victim is %+v", user)
			}
			again := w.Browser()
			in := again.Post("/auth/signin", authtest.Fields("email", victim, "password", "correct horse 1"))
			if name != "linking" {
				var out signedIn
				in.OK().JSON(&out)
				if out.User.ID == user.ID {
					t.Error("the intruder is the victim")
				}
				return
			}
			in.Status("WRONG_CREDENTIALS_ERROR")
			intruder.RefreshSession().Want(401)
		})
	}
}

// TestTrojanIdentifier is row 2: an intruder adds a login of its own to an
// account with the victim's address, and the victim takes the account back by
// setting a password.
func TestTrojanIdentifier(t *testing.T) {
	t.Parallel()
	const victim = "victim@example.com"
	w := newLinkingWorld(t, accountlinking.Config{ShouldLink: func(_ context.Context, q accountlinking.Question) (accountlinking.Answer, error) {
		return accountlinking.Answer{Link: true, WithoutProof: q.Session != nil}, nil
	}}, nil, idp.Google)
	intruder := w.Browser()
	intruder.SignUp(victim, "correct horse 1")
	in := w.begin(intruder, "google")
	body := in.body(w.consent(in, idp.Account{ID: "m", Email: "mallory@example.com", Verified: true}))
	body["shouldTryLinkingWithSessionUser"] = true
	intruder.Post("/auth/signinup", body).OK()

	v := w.Browser()
	v.Post("/auth/user/password/reset/token", authtest.Fields("email", victim)).Status("PASSWORD_RESET_NOT_ALLOWED").Has("ERR_CODE_001")
	if n := len(w.Mail.Messages()); n != 0 {
		t.Errorf("%d mails: whoever reads the victim's mail would get an account that the intruder holds a login of", n)
	}
}

// TestLaterEmailChange is row 3: a linked account does not follow to an
// address that is not proved.
func TestLaterEmailChange(t *testing.T) {
	t.Parallel()
	w := newLinkingWorld(t, accountlinking.Config{ShouldLink: linkProved}, nil, idp.Google)
	id := w.Browser().SignUp("ada@example.com", "correct horse 1")
	if err := w.Verification.ProveAddress(t.Context(), core.Public, id, "ada@example.com"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Linking.LinkOrMakePrimary(t.Context(), core.Public, id); err != nil {
		t.Fatal(err)
	}
	if u := w.decode(w.signIn(w.Browser(), "google", idp.Ada())).User; len(u.LoginMethods) != 2 {
		t.Fatalf("the logins are not linked: %+v", u)
	}
	err := changeEmail(t, w, id, "other@example.com")
	if err == nil || !strings.Contains(err.Error(), "proved first") {
		t.Errorf("the change to an address that is not proved: %v", err)
	}
	w.Browser().Post("/auth/user/password/reset/token", authtest.Fields("email", "other@example.com")).OK()
	if n := len(w.Mail.Messages()); n != 0 {
		t.Errorf("%d mails", n)
	}
	w.Browser().SignIn("ada@example.com", "correct horse 1")
	if err := w.Verification.ProveAddress(t.Context(), core.Public, id, "other@example.com"); err != nil {
		t.Fatal(err)
	}
	if err := changeEmail(t, w, id, "other@example.com"); err != nil {
		t.Errorf("the change to an address that is proved: %v", err)
	}
}
