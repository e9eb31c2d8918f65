package thirdparty_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/recipe/thirdparty"
)

// elsewhere is ways to write an address that some reader takes for one of the
// site, and another for one of somebody else. {site} is the site's origin, and
// {host} its host.
func elsewhere() []string {
	return []string{
		"//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "\t//evil.example",
		"https:evil.example", "https:/evil.example", "https:///evil.example", "http:evil.example", "https://evil.example", "HTTPS://EVIL.EXAMPLE",
		"https://evil.example/{host}", "https://evil.example?{site}", "https://evil.example#{site}", "https://evil.example\\@{host}",
		"{site}@evil.example", "{site}:80@evil.example", "{site}.evil.example", "{site}evil.example", "{site}%2eevil.example", "{site}%40evil.example",
		"{site}%00.evil.example", "{site}\x00.evil.example", "{site}\\.evil.example", "{site}\\@evil.example", "{site}#@evil.example", "{site}/#frag",
		"{site}?@evil.example\\", "{site}/\\evil.example", "{site}//evil.example", "{site}/a//evil.example", "{site}/%2f%2fevil.example", "{site}/%252f%252fevil.example",
		"{site}/..//evil.example", "{site}/../../evil", "{site}/a/../..//evil.example", "{site}/%2e%2e/evil", "{site}/./evil", "{site}/a/.", "{site}/a/..",
		"{site}/%5cevil.example", "{site}/%255cevil.example", "{site}/a%0d%0aLocation:%20https://evil.example", "{site}/a\r\nLocation: https://evil.example",
		"{site}/\u2028", "{site}/\u202eevil", "{site}\uff0eevil.example", "{site}\u3002evil.example", "{site}\uff0fevil.example",
		"https://user:secret@{host}/", "http://user@{host}/", "ftp://{host}/", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)",
		"data:text/html,<script>alert(1)</script>", "vbscript:msgbox(1)", "file:///etc/passwd", "blob:{site}/x", "about:blank", "intent://evil.example#Intent;scheme=https;end",
		" {site}/auth", "{site} /auth", "{site}:1/", "{site}:/auth", "http://[::1]/", "http://0x7f000001/", "", " ", "/", "/auth/callback/apple", "auth",
		"{site}/" + strings.Repeat("a", 4096),
	}
}

// TestRedirectTargets is row 13 of the security table: no address of the list
// is gone to, by Apple's form or by a provider.
func TestRedirectTargets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.Apple, idp.Google)
	u, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	list := elsewhere()
	if len(list) < 60 {
		t.Errorf("there are only %d", len(list))
	}
	for _, v := range list {
		target := strings.NewReplacer("{site}", w.URL, "{host}", u.Host).Replace(v)
		if a := appleForm(w, target); a.StatusCode != http.StatusBadRequest || a.Header.Get("Location") != "" {
			t.Errorf("Apple's form leads to %q: %d %q", target, a.StatusCode, a.Header.Get("Location"))
		}
		a := w.Browser().Get("/auth/authorisationurl?" + url.Values{"thirdPartyId": {"google"}, "redirectURIOnProviderDashboard": {target}}.Encode())
		if a.StatusCode != http.StatusBadRequest {
			t.Errorf("a provider may send people to %q: %d %s", target, a.StatusCode, a.Text)
		}
	}
}

// appleForm sends what Apple has a browser send: a form from another site.
func appleForm(w *world, target string) *authtest.Answer {
	w.t.Helper()
	state, err := json.Marshal(map[string]string{"state": "x", "frontendRedirectURI": target})
	if err != nil {
		w.t.Fatal(err)
	}
	return postForm(w, url.Values{"state": {base64.StdEncoding.EncodeToString(state)}, "code": {"c"}, "user": {`{"name":{"firstName":"Ada"}}`}})
}

func postForm(w *world, form url.Values) *authtest.Answer {
	w.t.Helper()
	b := w.Browser()
	b.Headers = http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {"https://appleid.apple.com"}, "Sec-Fetch-Site": {"cross-site"},
		"Rid": nil, "Fdi-Version": nil, "St-Auth-Mode": nil,
	}
	return b.Do(http.MethodPost, "/auth/callback/apple", form.Encode())
}

// TestAppleCallback leads on to the website with all that was in the form.
func TestAppleCallback(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *thirdparty.Config, _ *idp.Server) { c.RedirectURIs = []string{"com.example.app:/callback"} }, idp.Apple)
	for target, want := range map[string]string{
		w.callback("apple"):              w.callback("apple") + "?code=c&state=",
		w.callback("apple") + "?from=me": w.callback("apple") + "?code=c&from=me&state=",
		"com.example.app:/callback":      "com.example.app:/callback?code=c&state=",
	} {
		a := appleForm(w, target).Want(http.StatusSeeOther)
		if to := a.Header.Get("Location"); !strings.HasPrefix(to, want) || !strings.Contains(to, "user=%7B%22name") {
			t.Errorf("%s leads to %s", target, to)
		}
		if a.Header.Get("Set-Cookie") != "" || a.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("the headers are %v", a.Header)
		}
	}
	for name, form := range map[string]url.Values{
		"nothing": {}, "no state": {"code": {"c"}}, "no base64": {"state": {"!"}}, "no JSON": {"state": {"AAAA"}}, "no address": {"state": {"e30="}},
	} {
		if a := postForm(w, form); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.Text)
		}
	}
}
