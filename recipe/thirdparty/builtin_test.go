package thirdparty_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/posternauth/postern/authtest/idp"
)

// TestBuiltIn signs in with every provider, in the shapes that it has: the
// parameters of the authorisation URL, the exchange of the code, the user's
// data.
func TestBuiltIn(t *testing.T) {
	t.Parallel()
	const pkce = "code_challenge code_challenge_method"
	for _, row := range []struct {
		shape    idp.Shape
		scope    string
		params   map[string]string // of the authorisation URL, besides those of all
		names    string            // of parameters whose values are random
		userID   string
		email    string // "" stands for the account's
		verified bool   // of an account that is
	}{
		{shape: idp.Google, scope: "openid email", params: map[string]string{"access_type": "offline", "include_granted_scopes": "true"}, names: pkce + " nonce", verified: true},
		{shape: idp.GoogleWorkspaces, scope: "openid email", params: map[string]string{"access_type": "offline", "include_granted_scopes": "true", "hd": "example.com"}, names: pkce + " nonce", verified: true},
		{shape: idp.Apple, scope: "openid email", params: map[string]string{"response_mode": "form_post"}, names: "nonce", verified: true},
		{shape: idp.ActiveDirectory, scope: "openid email", names: pkce + " nonce", verified: true},
		{shape: idp.Okta, scope: "openid email", names: pkce + " nonce", verified: true},
		{shape: idp.GitLab, scope: "openid email", names: pkce + " nonce", verified: true},
		{shape: idp.GitHub, scope: "read:user user:email", names: pkce, verified: true},
		{shape: idp.Bitbucket, scope: "account email", params: map[string]string{"audience": "api.atlassian.com"}, verified: true},
		{shape: idp.Discord, scope: "identify email", names: pkce, verified: true},
		{shape: idp.Facebook, scope: "email", names: pkce},
		{shape: idp.LinkedIn, scope: "openid profile email", verified: true},
		{shape: idp.Twitter, scope: "users.read tweet.read", names: pkce, email: "1001.twitter@stfakeemail.supertokens.com", verified: true},
		{shape: idp.BoxySAML, names: pkce},
		{shape: idp.OIDC, scope: "openid email", names: pkce + " nonce", verified: true},
		{shape: idp.OAuth2, verified: true},
	} {
		t.Run(string(row.shape), func(t *testing.T) {
			t.Parallel()
			w, id := newWorld(t, nil, row.shape), string(row.shape)
			b := asBrowser(w.Browser(), w.URL)
			in := w.begin(b, id)
			checkURL(t, in, row.scope, row.params, row.names)
			account := idp.Ada()
			out := w.decode(w.finish(b, in, w.consent(in, account)))
			m := out.User.LoginMethods[0]
			email := account.Email
			if row.email != "" {
				email = row.email
			}
			if !out.CreatedNewRecipeUser || m.ThirdParty.ID != id || m.ThirdParty.UserID != "1001" || m.Email != email || m.Verified != row.verified {
				t.Errorf("signed up: created %v, %+v", out.CreatedNewRecipeUser, m)
			}
			b.Get("/me").Want(200)
			again := w.decode(w.signIn(w.Browser(), id, account))
			if again.CreatedNewRecipeUser || again.User.ID != out.User.ID {
				t.Errorf("signed in again: created %v, %+v", again.CreatedNewRecipeUser, again.User)
			}
			unproved := account
			unproved.ID, unproved.Verified = "1003", false
			m = w.decode(w.signIn(w.Browser(), id, unproved)).User.LoginMethods[0]
			if m.Verified && row.email == "" {
				t.Errorf("an address that is not proved there is proved here: %+v", m)
			}
		})
	}
}

func checkURL(t *testing.T, in begun, scope string, params map[string]string, names string) {
	t.Helper()
	u, err := url.Parse(in.url)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	want := map[string]string{"client_id": idp.ClientID, "redirect_uri": in.redirectURI, "response_type": "code", "scope": scope}
	for name, value := range params {
		want[name] = value
	}
	for name, value := range want {
		if query.Get(name) != value {
			t.Errorf("%s is %q, want %q", name, query.Get(name), value)
		}
		query.Del(name)
	}
	for name := range strings.FieldsSeq(names) {
		if query.Get(name) == "" {
			t.Errorf("%s is missing", name)
		}
		query.Del(name)
	}
	if len(query) > 0 {
		t.Errorf("there is more: %v", query)
	}
}

// TestApple looks at what only Apple has: a client secret that is signed, and
// a name that comes beside the code.
func TestApple(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.Apple)
	w.signIn(w.Browser(), "apple", idp.Ada()).OK() // the provider has verified the secret by the public key
	request := w.idp.Requests(idp.Apple)[0]
	if secret := request.Form.Get("client_secret"); strings.Count(secret, ".") != 2 {
		t.Errorf("the client secret is %q", secret)
	}
}

// TestIDs keeps ids as they are, whatever JSON type they have.
func TestIDs(t *testing.T) {
	t.Parallel()
	for id, want := range map[any]string{
		"abc":                               "abc",
		json.Number("12345678"):             "12345678",
		json.Number("12345678901234567890"): "12345678901234567890",
		json.Number("1e3"):                  "1e3",
		json.Number("-1"):                   "-1",
		"0123":                              "0123",
	} {
		for _, shape := range []idp.Shape{idp.OAuth2, idp.Discord} {
			w := newWorld(t, nil, shape)
			account := idp.Ada()
			account.ID = id
			if got := w.decode(w.signIn(w.Browser(), string(shape), account)).User.LoginMethods[0].ThirdParty.UserID; got != want {
				t.Errorf("%s: the id %#v becomes %q, want %q", shape, id, got, want)
			}
		}
	}
	for _, id := range []any{nil, "", true, []string{"a"}, map[string]string{"a": "b"}} {
		w := newWorld(t, nil, idp.OAuth2)
		account := idp.Ada()
		account.ID = id
		w.signIn(w.Browser(), "oauth2", account).Want(400)
		if n := w.users(); n != 0 {
			t.Errorf("the id %#v makes %d users", id, n)
		}
	}
}

// TestGitHubAsksForItsOwnID reads the id that GitHub has as a number.
func TestGitHubAsksForItsOwnID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.GitHub)
	account := idp.Ada()
	account.ID = "987654321098765"
	if got := w.decode(w.signIn(w.Browser(), "github", account)).User.LoginMethods[0].ThirdParty.UserID; got != "987654321098765" {
		t.Errorf("the id becomes %q", got)
	}
	paths := []string{}
	for _, r := range w.idp.Requests(idp.GitHub) {
		paths = append(paths, r.Path)
	}
	if want := []string{"/github/token", "/github/userinfo", "/github/userinfo/emails"}; !slices.Equal(paths, want) {
		t.Errorf("it is asked at %v, want %v", paths, want)
	}
}

// TestVerifiedSpellings takes the forms of yes and no that providers write.
func TestVerifiedSpellings(t *testing.T) {
	t.Parallel()
	for value, want := range map[any]bool{true: true, "true": true, "True": true, "1": true, false: false, "false": false, "": false, nil: false, "no": false, 0: false} {
		w := newWorld(t, nil, idp.OIDC)
		account := idp.Ada()
		account.Verified = value
		if got := w.decode(w.signIn(w.Browser(), "oidc", account)).User.LoginMethods[0].Verified; got != want {
			t.Errorf("email_verified %#v becomes %v", value, got)
		}
	}
}
