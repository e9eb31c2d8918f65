package ui

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/address"
)

// For makes the pages of an app: what cfg leaves out is taken from it.
func For(app *postern.App, cfg Config) (*UI, error) {
	if cfg.AppName == "" {
		cfg.AppName = app.Site.Name
	}
	if cfg.Origin == "" {
		cfg.Origin = app.Site.Origin(nil)
	}
	// The empty path is the root here, but the default in a Config.
	cfg.APIBasePath = orRoot(app.Site.RequestBasePath())
	cfg.GatewayPath, cfg.WebsiteBasePath = paths(app.Site)
	cfg.WebsiteBasePath = orRoot(cfg.WebsiteBasePath)
	cfg.API, cfg.Log, cfg.Now = app, app.Log, app.Now
	if cfg.Key == nil && app.Core.JWT.Create != nil {
		cfg.Key = keyOf(app)
	}
	for _, linker := range postern.All[postern.AccountLinker](app) {
		cfg.MayLink = cfg.MayLink || linker.LinksAccounts()
	}
	if cfg.SignedIn == nil {
		cfg.SignedIn = func(r *http.Request) (Account, bool) { return accountOf(app, r) }
	}
	return New(cfg)
}

// paths splits the path of the pages into what a gateway cuts off and what
// requests show. A website on another domain, or beside the gateway, is not
// behind it.
func paths(site *postern.Site) (gateway, pages string) {
	gateway = site.GatewayPath()
	pages, behind := strings.CutPrefix(site.WebsiteBasePath, gateway)
	if !behind || site.Origin(nil) != site.APIDomain || pages != "" && pages[0] != '/' {
		return "", site.WebsiteBasePath
	}
	return gateway, pages
}

func orRoot(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// accountOf is who makes a request, by the app's sessions. Somebody whose
// address is not known just now is signed in all the same.
func accountOf(app *postern.App, r *http.Request) (Account, bool) {
	for _, identifier := range postern.All[postern.Identifier](app) {
		who := identifier.Identify(r)
		if who.UserID == "" {
			continue
		}
		account := Account{UserID: who.UserID, Session: who.SessionHandle, TenantID: who.TenantID, Expires: who.Expires}
		if out, err := app.Core.User.ByID(r.Context(), core.UserByID{UserID: who.UserID}); err == nil {
			method, _ := out.User.LoginMethod(who.RecipeUserID)
			account.Email, account.EmailVerified = method.Email, method.Verified
			account.Logins = logins(out.User)
		}
		return account, true
	}
	return Account{}, false
}

// logins are the ways in that a user has.
func logins(u core.User) (out []Login) {
	for _, m := range u.LoginMethods {
		name := m.Email
		if name == "" || address.IsFake(name) {
			name = cmp.Or(m.PhoneNumber, m.ThirdParty.UserID)
		}
		out = append(out, Login{ID: m.RecipeUserID, Kind: m.RecipeID, Name: name, Source: m.ThirdParty.ID})
	}
	return out
}

// Middleware serves the pages and leaves the rest to next.
func (u *UI) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u.Serves(r) {
			u.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
