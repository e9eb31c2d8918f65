package idp

import (
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
)

//go:embed consent.html
var consentHTML string

var consentPage = template.Must(template.New("consent").Parse(consentHTML))

// authorize asks the person, and sends the browser back with the answer.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request, shape Shape) {
	query := r.URL.Query()
	if err := checkAuthorize(query); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if r.Method != http.MethodPost {
		s.mu.Lock()
		accounts := append([]Account(nil), s.accounts...)
		s.mu.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = consentPage.Execute(w, map[string]any{"Shape": shape, "Accounts": accounts, "Client": query.Get("client_id")})
		return
	}
	to, form := s.decide(shape, query, answered(r, s.accounts))
	if form {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = formPage.Execute(w, map[string]any{"Action": query.Get("redirect_uri"), "Values": to})
		return
	}
	http.Redirect(w, r, back(query.Get("redirect_uri"), to), http.StatusSeeOther)
}

// formPage sends what came of it as a form, when the person clicks or scripts
// run.
var formPage = template.Must(template.New("form").Parse(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Back to the app</title>
<form method="post" action="{{.Action}}">{{range $name, $values := .Values}}<input type="hidden" name="{{$name}}" value="{{index $values 0}}">{{end}}
<button>Continue</button></form><script>document.forms[0].submit()</script></html>`))

func checkAuthorize(query url.Values) error {
	for _, name := range []string{"client_id", "redirect_uri"} {
		if query.Get(name) == "" {
			return fmt.Errorf("invalid_request: %s is missing", name)
		}
	}
	if query.Get("response_type") != "code" {
		return fmt.Errorf("unsupported_response_type: %q", query.Get("response_type"))
	}
	if query.Get("code_challenge") != "" && query.Get("code_challenge_method") != "S256" {
		return fmt.Errorf("invalid_request: code_challenge_method has to be S256")
	}
	return nil
}

// answered is who the person on the page has chosen to be; nil cancels.
func answered(r *http.Request, known []Account) *Account {
	switch choice := r.PostFormValue("account"); choice {
	case "cancel":
		return nil
	case "other":
		return &Account{ID: r.PostFormValue("id"), Email: r.PostFormValue("email"), Verified: r.PostFormValue("verified") != ""}
	default:
		for _, a := range known {
			if fmt.Sprint(a.ID) == choice {
				return &a
			}
		}
	}
	return nil
}

// decide makes the parameters that go back, and says whether they go by a
// form.
func (s *Server) decide(shape Shape, query url.Values, a *Account) (url.Values, bool) {
	out := url.Values{}
	if state := query.Get("state"); state != "" {
		out.Set("state", state)
	}
	form := query.Get("response_mode") == "form_post"
	if a == nil {
		out.Set("error", cancelled(shape))
		return out, form
	}
	code := rand.Text()
	s.mu.Lock()
	s.codes[code] = grant{
		shape: shape, account: *a, clientID: query.Get("client_id"), redirectURI: query.Get("redirect_uri"),
		challenge: query.Get("code_challenge"), nonce: query.Get("nonce"), scope: query.Get("scope"),
	}
	s.mu.Unlock()
	out.Set("code", code)
	switch shape {
	case Google, GoogleWorkspaces:
		out.Set("iss", s.issuer(shape))
		out.Set("scope", "email openid https://www.googleapis.com/auth/userinfo.email")
	case Apple:
		user, _ := json.Marshal(map[string]any{"name": map[string]string{"firstName": a.Name, "lastName": ""}, "email": a.Email})
		out.Set("user", string(user))
	}
	return out, form
}

// cancelled is the error of somebody who does not want to.
func cancelled(shape Shape) string {
	switch shape {
	case Apple:
		return "user_cancelled_authorize"
	case LinkedIn:
		return "user_cancelled_login"
	}
	return "access_denied"
}

func back(redirectURI string, params url.Values) string {
	u, err := url.Parse(redirectURI)
	if err != nil {
		return redirectURI
	}
	query := u.Query()
	for name, values := range params {
		query[name] = values
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// Consent does what a person does: it follows an authorisation URL, agrees as
// a, and returns what the provider sends back. A nil account cancels.
func (s *Server) Consent(authorisationURL string, a *Account) (url.Values, error) {
	u, err := url.Parse(authorisationURL)
	if err != nil {
		return nil, err
	}
	shape, path := s.locate(&http.Request{URL: u})
	if path != "/authorize" && path != "/api/oauth/authorize" {
		return nil, fmt.Errorf("idp: %s is no authorisation URL of this server", authorisationURL)
	}
	if err := checkAuthorize(u.Query()); err != nil {
		return nil, err
	}
	params, _ := s.decide(shape, u.Query(), a)
	return params, nil
}
