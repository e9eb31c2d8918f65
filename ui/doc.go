// Package ui is the built-in sign-in pages. They are rendered on the server,
// work with JavaScript switched off, and are a client of the frontend driver
// interface (FDI) like any other: a form post becomes the same JSON call that
// a browser SDK makes, in this process, and its cookies go to the browser.
//
//	pages, err := ui.New(ui.Config{AppName: "Example", API: app, SignedIn: signedIn})
//
// # Pages
//
//	GET POST {base}                   sign in; ?show=signup sign up; ?show=code ask for a code; who is signed in, and sign out
//	GET      {base}/provider/{id}     off to another service to sign in with
//	GET POST {base}/callback/{id}     back from there
//	GET POST {base}/code              type the code that was mailed or sent to a phone
//	GET POST {base}/verify            sign in by a link
//	GET      {base}/mfa               which factor comes next
//	GET POST {base}/mfa/totp          set up an authenticator app, type its code or a recovery code
//	GET POST {base}/mfa/otp-email     have a code mailed as a second factor; /mfa/otp-phone sends it to a phone
//	GET POST {base}/logins            the logins of who is signed in, and what can be added
//	GET POST {base}/reset-password    ask for a mail; with ?token=… choose a new password
//	GET POST {base}/verify-email      type the code or ask for a mail; with ?token=… a button
//	GET      {base}/outbox            the newest mails, if Config.Outbox is set
//	GET      {base}/assets/…          stylesheet, script and icon; they never change under one name
//
// Which of them lead anywhere depends on the recipes of the app: the pages ask
// the API for the ways in to the visitor's tenant.
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
//   - Passwords, tokens and codes are in no page that is not there to show
//     them, and a token is in an address only where the mail put it.
//   - A sign-in at a provider, and a code, end in the browser that began them. A
//     link is good in any, after a click.
//
// Sessions are kept in cookies; anti-CSRF tokens of the session recipe
// (VIA_TOKEN) are not supported here.
package ui
