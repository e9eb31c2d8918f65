// Package session keeps users signed in.
//
// A session is an access token, which any backend verifies without asking
// anyone, and a refresh token, which the core replaces each time it is used.
// Browsers hold them in cookies; apps, and browsers that ask for it by
// st-auth-mode, hold them themselves and send a header.
//
//	sessions := session.New(session.Config{})
//	…
//	mux.Handle("GET /me", sessions.Require(func(w http.ResponseWriter, r *http.Request) {
//		fmt.Fprint(w, session.FromContext(r.Context()).UserID())
//	}))
//
// # Routes
//
//	POST /session/refresh   new tokens for a refresh token
//	POST /signout           ends the session
//
// The protocol is FDI §3.
package session
