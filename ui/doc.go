// Package ui is the built-in sign-in pages. They are rendered on the server,
// work with JavaScript switched off, and are a client of the frontend driver
// interface (FDI) like any other: a form post becomes the same JSON call that
// a browser SDK makes, in this process, and its cookies go to the browser.
//
//	pages, err := ui.New(ui.Config{AppName: "Example", API: app, SignedIn: signedIn})
//
// # Pages
//
//	GET POST {base}                         sign in; ?show=signup sign up; who is signed in, and sign out
//	GET POST {base}/reset-password          ask for a mail; with ?token=… choose a new password
//	GET POST {base}/verify-email            type the code or ask for a mail; with ?token=… a button
//	GET      {base}/outbox                  the newest mails, if Config.Outbox is set
//	GET      {base}/assets/…                stylesheet, script and icon; they never change under one name
//
// {base} is Config.WebsiteBasePath. [UI.Serves] says whether a request is for
// one of these, so that the pages and the API can share a path.
//
// Every page takes two more parameters: tenantId, and redirectToPath, where to
// go afterwards. The latter is a path on this site ([SafeRedirect]).
//
// # What the pages promise
//
//   - GET and HEAD change nothing: a link that a mail scanner opens still works.
//   - A form that was sent from another site is refused.
//   - The content security policy allows nothing inline and nothing from
//     elsewhere, and no page can be framed.
//   - Passwords, tokens and codes are never in a page's text, and a token is in
//     an address only where the mail put it.
//
// Sessions are kept in cookies; anti-CSRF tokens of the session recipe
// (VIA_TOKEN) are not supported here.
package ui
