package ui

import (
	"net/http"
	"strings"
)

// policy is the content security policy of every page: nothing inline,
// nothing from elsewhere, in nobody's frame.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"

// outboxPolicy lets the outbox frame the mails that it shows.
const outboxPolicy = policy + "; frame-src 'self'"

// mailPolicy is for a mail as a document. Mails carry their styles inline; in
// return they can run, load and send nothing, and have an origin of their own.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; " +
	"form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"

// secure sets the headers that every answer has.
func (u *UI) secure(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if u.isHTTPS(r) {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

func (u *UI) isHTTPS(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(u.cfg.Origin, "https://")
}
