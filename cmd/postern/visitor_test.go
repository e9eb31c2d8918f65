package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"
)

// visitor uses an app by HTTP, and keeps its tokens in headers.
type visitor struct {
	url             string
	http            *http.Client
	access, refresh string
}

func newVisitor(url string) *visitor {
	return &visitor{url: url, http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}}
}

// answer is an answer, read whole.
type answer struct {
	code       int
	retryAfter string
	text       string
}

// ok reports that what was asked for was done.
func (a answer) ok() bool {
	var body struct{ Status string }
	return a.code == http.StatusOK && (json.Unmarshal([]byte(a.text), &body) != nil || body.Status == "" || body.Status == "OK")
}

func (v *visitor) signUp(ctx context.Context, email string) (answer, error) {
	return v.do(ctx, http.MethodPost, "/auth/signup", "", form(email))
}

func (v *visitor) signIn(ctx context.Context, email string) (answer, error) {
	return v.do(ctx, http.MethodPost, "/auth/signin", "", form(email))
}

func (v *visitor) refreshSession(ctx context.Context) (answer, error) {
	return v.do(ctx, http.MethodPost, "/auth/session/refresh", v.refresh, "")
}

func (v *visitor) me(ctx context.Context) (answer, error) {
	return v.do(ctx, http.MethodGet, "/api/me", v.access, "")
}

// form is the body of a sign-up or a sign-in.
func form(email string) string {
	return `{"formFields":[{"id":"email","value":"` + email + `"},{"id":"password","value":"` + string(firstPassword) + `"}]}`
}

func (v *visitor) do(ctx context.Context, method, path, token, body string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, v.url+path, bytes.NewBufferString(body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("st-auth-mode", "header")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return v.send(r)
}

func (v *visitor) send(r *http.Request) (answer, error) {
	response, err := v.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	for header, keep := range map[string]*string{"st-access-token": &v.access, "st-refresh-token": &v.refresh} {
		if token := response.Header.Get(header); token != "" {
			*keep = token
		}
	}
	return answer{response.StatusCode, response.Header.Get("Retry-After"), string(text)}, err
}

// want fails the test unless a request was answered and done.
func want(t *testing.T, what string, a answer, err error) {
	t.Helper()
	if err != nil || !a.ok() {
		t.Fatalf("%s: %d %s, %v", what, a.code, a.text, err)
	}
}
