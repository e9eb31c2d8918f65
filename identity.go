package postern

import (
	"net/http"
	"time"
)

// Identity is who makes a request, as its session says.
type Identity struct {
	UserID       string // the primary user; empty for nobody
	RecipeUserID string
	TenantID     string
	// SessionHandle is the id of the session.
	SessionHandle string
	// Expires is when the access token does.
	Expires time.Time
}

// Identifier is a recipe that knows who makes a request. The session recipe
// is one; server-rendered pages ask it.
type Identifier interface {
	Identify(r *http.Request) Identity
}

// AccountLinker is a recipe that may make several login methods one user;
// accountlinking is one. Pages that offer to add a login ask it.
type AccountLinker interface {
	LinksAccounts() bool
}
