package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/recipe/session"
)

//go:embed demo
var demoFiles embed.FS

var demoPage = template.Must(template.ParseFS(demoFiles, "demo/index.html"))

// demo is the application behind the sign-in: a page and an API that only
// people who are signed in see.
func demo(app *postern.App, sessions *session.Recipe) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /api/me", sessions.Require(apiMe))
	mux.HandleFunc("GET /demo.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, demoFiles, "demo/demo.css")
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { showDemo(app, sessions, w, r) })
	return mux
}

// me is what the protected API says.
type me struct {
	UserID             string          `json:"userId"`
	SessionHandle      string          `json:"sessionHandle"`
	AccessTokenPayload json.RawMessage `json:"accessTokenPayload"`
}

func apiMe(w http.ResponseWriter, r *http.Request) {
	s := session.FromContext(r.Context())
	fdi.WriteJSON(w, http.StatusOK, me{s.UserID(), s.Handle(), s.PayloadJSON()})
}

// showDemo shows the page to people who are signed in, and the way in to the
// others.
func showDemo(app *postern.App, sessions *session.Recipe, w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'")
	s, err := sessions.Verify(w, r, session.Options{})
	if err != nil {
		http.Redirect(w, r, app.Site.WebsiteBasePath+"?redirectToPath=%2F", http.StatusSeeOther)
		return
	}
	var payload bytes.Buffer
	if err := json.Indent(&payload, s.PayloadJSON(), "", "  "); err != nil {
		fdi.WriteError(w, r, app.Log, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = demoPage.Execute(w, map[string]any{
		"Name": app.Site.Name, "Account": app.Site.WebsiteBasePath, "Session": s, "Payload": payload.String(),
	})
}
