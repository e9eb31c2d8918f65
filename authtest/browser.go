package authtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"
)

// Browser is a client that keeps what it is given, in cookies or in headers,
// as the ecosystem's frontend does. It is not safe for concurrent use.
type Browser struct {
	// Mode is the st-auth-mode that it asks for: "cookie" (default), "header"
	// or "" for not asking.
	Mode string
	// Headers are sent with every request.
	Headers http.Header
	// Access, Refresh, Front and AntiCSRF are the tokens that it keeps when
	// they come in headers.
	Access, Refresh, Front, AntiCSRF string

	app    *App
	client *http.Client
}

// Browser returns a new browser, in cookie mode.
func (a *App) Browser() *Browser {
	jar, err := cookiejar.New(nil)
	if err != nil { // never with these options
		a.t.Fatal(err)
	}
	return &Browser{
		Mode: "cookie", Headers: http.Header{}, app: a,
		client: &http.Client{Jar: jar, Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// Answer is an answer, read whole.
type Answer struct {
	*http.Response
	Text string
	t    testing.TB
}

// Get asks for a path.
func (b *Browser) Get(path string) *Answer { return b.Do(http.MethodGet, path, nil) }

// Post sends JSON to a path.
func (b *Browser) Post(path string, body any) *Answer { return b.Do(http.MethodPost, path, body) }

// Do sends a request. body is sent as JSON, or as it is if it is a string;
// nil is no body.
func (b *Browser) Do(method, path string, body any) *Answer {
	t := b.app.t
	t.Helper()
	var content io.Reader
	switch v := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(v)
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		content = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, b.app.URL+path, content)
	if err != nil {
		t.Fatal(err)
	}
	b.addHeaders(req, body != nil)
	return b.send(req)
}

func (b *Browser) addHeaders(req *http.Request, hasBody bool) {
	req.Header.Set("rid", "anti-csrf")
	req.Header.Set("fdi-version", "3.1,4.0,4.1")
	if hasBody {
		req.Header.Set("Content-Type", "application/json")
	}
	if b.Mode != "" {
		req.Header.Set("st-auth-mode", b.Mode)
	}
	if b.AntiCSRF != "" {
		req.Header.Set("anti-csrf", b.AntiCSRF)
	}
	token := b.Access
	if strings.HasSuffix(req.URL.Path, "/session/refresh") {
		token = b.Refresh
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for name, values := range b.Headers {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
}

func (b *Browser) send(req *http.Request) *Answer {
	t := b.app.t
	t.Helper()
	res, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	b.keep(res.Header)
	return &Answer{res, string(text), t}
}

// keep stores the tokens of an answer.
func (b *Browser) keep(h http.Header) {
	for name, to := range map[string]*string{
		"st-access-token": &b.Access, "st-refresh-token": &b.Refresh, "anti-csrf": &b.AntiCSRF, "front-token": &b.Front,
	} {
		if values := h.Values(name); len(values) > 0 {
			*to = values[0]
		}
	}
	if b.Front == "remove" {
		b.Front, b.AntiCSRF, b.Access, b.Refresh = "", "", "", ""
	}
}

// SignedIn reports whether the browser holds a session.
func (b *Browser) SignedIn() bool { return b.Front != "" }

// Payload returns what the front token says of the access token.
func (b *Browser) Payload() map[string]any {
	b.app.t.Helper()
	raw, err := base64.StdEncoding.DecodeString(b.Front)
	if err != nil {
		b.app.t.Fatal(err)
	}
	var front struct {
		Payload map[string]any `json:"up"`
	}
	if err := json.Unmarshal(raw, &front); err != nil {
		b.app.t.Fatal(err)
	}
	return front.Payload
}

// Fields makes the body of a form: Fields("email", "a@b.c", "password", "…").
func Fields(pairs ...string) map[string]any {
	fields := make([]map[string]string, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		fields = append(fields, map[string]string{"id": pairs[i], "value": pairs[i+1]})
	}
	return map[string]any{"formFields": fields}
}

// SignUp signs up, and fails the test if it cannot. It returns the user's id.
func (b *Browser) SignUp(email, password string) string {
	b.app.t.Helper()
	return b.Post("/auth/signup", Fields("email", email, "password", password)).OK().userID()
}

// SignIn signs in, and fails the test if it cannot. It returns the user's id.
func (b *Browser) SignIn(email, password string) string {
	b.app.t.Helper()
	return b.Post("/auth/signin", Fields("email", email, "password", password)).OK().userID()
}

// RefreshSession refreshes the session.
func (b *Browser) RefreshSession() *Answer {
	b.app.t.Helper()
	return b.Do(http.MethodPost, "/auth/session/refresh", nil)
}

func (a *Answer) userID() string {
	a.t.Helper()
	var body struct{ User struct{ ID string } }
	a.JSON(&body)
	return body.User.ID
}

// Want fails the test unless the answer has this status code.
func (a *Answer) Want(code int) *Answer {
	a.t.Helper()
	if a.StatusCode != code {
		a.t.Fatalf("%s %s answers %d, want %d: %s", a.Request.Method, a.Request.URL.Path, a.StatusCode, code, a.Text)
	}
	return a
}

// Status fails the test unless the answer is 200 with this status in its body.
func (a *Answer) Status(status string) *Answer {
	a.t.Helper()
	var body struct{ Status string }
	a.Want(http.StatusOK).JSON(&body)
	if body.Status != status {
		a.t.Fatalf("%s %s answers %s, want the status %s", a.Request.Method, a.Request.URL.Path, a.Text, status)
	}
	return a
}

// OK fails the test unless the answer is 200 with the status OK.
func (a *Answer) OK() *Answer {
	a.t.Helper()
	return a.Status("OK")
}

// JSON decodes the answer.
func (a *Answer) JSON(to any) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.Text), to); err != nil {
		a.t.Fatalf("%s %s answers no JSON: %s", a.Request.Method, a.Request.URL.Path, a.Text)
	}
}

// Has fails the test unless the answer contains each of these texts.
func (a *Answer) Has(texts ...string) *Answer {
	a.t.Helper()
	for _, s := range texts {
		if !strings.Contains(a.Text, s) {
			a.t.Fatalf("%s %s answers %s, which lacks %s", a.Request.Method, a.Request.URL.Path, a.Text, s)
		}
	}
	return a
}
