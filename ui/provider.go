package ui

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// started is a sign-in at a provider that this browser has begun. It is kept in
// a cookie, whose name ends with the state, until the browser comes back.
type started struct {
	Provider string `json:"p"`
	Verifier string `json:"v,omitempty"` // what the API wants back
	Tenant   string `json:"t,omitempty"`
	Next     string `json:"n,omitempty"`
	Link     bool   `json:"l,omitempty"` // add it to who is signed in
}

const (
	providerCookie = "postern-provider-"
	providerAge    = 10 * time.Minute
	// mostStarted is how many sign-ins one browser may be at, in several tabs.
	// Each is a cookie of a kilobyte, and servers bound what cookies may take.
	mostStarted = 3
)

// startProvider sends the visitor to a provider. It changes nothing but a
// cookie.
func (v *visit) startProvider() {
	_, id := splitName(strings.TrimSuffix(v.r.URL.Path, "/"))
	link := v.param("link")
	if link != "" && !v.isLinkToken(link) {
		v.redirect(v.link("/logins"))
		return
	}
	if link != "" {
		v.goHome()
	}
	to := started{Provider: id, Tenant: v.tenant(), Next: v.nextKept(), Link: link != ""}
	a := v.get("thirdparty", v.inTenant("/authorisationurl"), url.Values{
		"thirdPartyId": {id}, "redirectURIOnProviderDashboard": {v.callbackURL(id)},
	})
	var answer struct {
		URL      string `json:"urlWithQueryParams"`
		Verifier string `json:"pkceCodeVerifier"`
	}
	if a.read(&answer); !a.ok() || answer.URL == "" {
		v.fail(v.signInView(), a)
		return
	}
	to.Verifier = answer.Verifier
	state := rand.Text()
	v.makeRoom(providerCookie, mostStarted-1)
	v.setCookie(providerCookie+state, to, providerAge)
	v.w.Header().Set("Location", answer.URL+separator(answer.URL)+"state="+url.QueryEscape(v.stateFor(id, state)))
	v.w.WriteHeader(http.StatusSeeOther)
}

// A link token shows that it was on our page that somebody chose to add a
// login. Elsewhere people can be led to the provider's page as somebody else,
// whose login would then be theirs, too.
const (
	linkCookie = "postern-link"
	linkAge    = time.Hour
)

// linkToken is that of this browser.
func (v *visit) linkToken() (token string) {
	if !v.readCookie(linkCookie, &token) || token == "" {
		token = rand.Text()
		v.setCookie(linkCookie, token, linkAge)
	}
	return token
}

func (v *visit) isLinkToken(given string) bool {
	var token string
	site := v.r.Header.Get("Sec-Fetch-Site")
	return v.readCookie(linkCookie, &token) && subtle.ConstantTimeCompare([]byte(token), []byte(given)) == 1 &&
		(site == "" || site == "same-origin")
}

func separator(address string) string {
	if strings.Contains(address, "?") {
		return "&"
	}
	return "?"
}

// callbackURL is where a provider sends people back. Apple sends a form, which
// the API takes and turns into a visit of the page.
func (v *visit) callbackURL(id string) string {
	if strings.HasPrefix(id, "apple") {
		return v.origin() + v.cfg.GatewayPath + v.cfg.APIBasePath + "/callback/apple"
	}
	return v.origin() + v.path("/callback/"+id)
}

// stateFor is the state that the provider sends back. For Apple it says where
// the API leads on to.
func (v *visit) stateFor(id, state string) string {
	if !strings.HasPrefix(id, "apple") {
		return state
	}
	b, _ := json.Marshal(map[string]string{"state": state, "frontendRedirectURI": v.origin() + v.path("/callback/"+id)})
	return base64.RawURLEncoding.EncodeToString(b)
}

// plainState is the state of a callback, as it was made.
func plainState(state string) string {
	var apple struct{ State string }
	if b, err := base64.RawURLEncoding.DecodeString(state); err == nil && json.Unmarshal(b, &apple) == nil && apple.State != "" {
		return apple.State
	}
	return state
}

// origin is the site as the browser sees it.
func (v *visit) origin() string {
	if v.cfg.Origin != "" {
		return v.cfg.Origin
	}
	if v.isHTTPS(v.r) {
		return "https://" + v.r.Host
	}
	return "http://" + v.r.Host
}

// showCallback is where a provider sends people back. What was sent along is
// handed in by a form, which sends itself: this page only looks.
func (v *visit) showCallback() {
	_, id := splitName(strings.TrimSuffix(v.r.URL.Path, "/"))
	f := form{Action: v.path("/callback"), Submit: v.say("callback.submit"), Auto: true, Hidden: []hidden{{"provider", id}}}
	for name, values := range v.r.URL.Query() {
		if len(values) == 1 && len(values[0]) <= maxRedirect*2 {
			f.Hidden = append(f.Hidden, hidden{"q." + name, values[0]})
		}
	}
	v.show(view{Mark: "key", Title: v.say("callback.title"), Lead: v.say("callback.lead"), Forms: []form{f}})
}

// postCallback signs in by what a provider sent back.
func (v *visit) postCallback() {
	query := map[string]string{}
	for name, values := range v.r.PostForm {
		if name, ok := strings.CutPrefix(name, "q."); ok && len(values) == 1 {
			query[name] = values[0]
		}
	}
	to, ok := v.begun(query["state"])
	if !ok || to.Provider != v.param("provider") {
		v.render(http.StatusUnprocessableEntity, view{
			Mark: "alert", Title: v.say("callback.lost-title"), Lead: v.say("callback.lost"),
			Action: link{Text: v.say("error.back"), Href: v.path("")},
		}, "card")
		return
	}
	v.r.PostForm.Set("tenantId", to.Tenant)
	v.r.PostForm.Set("redirectToPath", to.Next)
	a := v.call("thirdparty", v.inTenant("/signinup"), map[string]any{
		"thirdPartyId": to.Provider, "shouldTryLinkingWithSessionUser": to.Link,
		"redirectURIInfo": map[string]any{
			"redirectURIOnProviderDashboard": v.callbackURL(to.Provider), "redirectURIQueryParams": query, "pkceCodeVerifier": to.Verifier,
		},
	})
	switch {
	case a.ok() && to.Link:
		v.leave(noticeLoginAdded, "")
		v.redirect(v.link("/logins"))
	case a.ok():
		v.enterNext()
	case to.Link:
		v.failOrSignIn(v.loginsView(), a, "/logins")
	case strings.HasSuffix(a.Status, "_NOT_ALLOWED") && v.cfg.MayLink:
		// Whoever can sign in to the account that is there can add this login.
		v.r.PostForm.Set("redirectToPath", v.path("/logins"))
		page := v.signInView()
		page.More = v.say("callback.add-later")
		v.fail(page, a)
	default:
		v.fail(v.signInView(), a)
	}
}

// begun finds the sign-in that this browser has begun with a state, and forgets
// it. The seal of the cookie holds its name, and so the state.
func (v *visit) begun(state string) (to started, ok bool) {
	name := providerCookie + plainState(state)
	if !v.readCookie(name, &to) {
		return to, false
	}
	v.dropCookie(name)
	return to, true
}
