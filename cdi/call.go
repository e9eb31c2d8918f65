package cdi

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// call is one request on its way to an operation.
type call struct {
	app     app
	at      place
	route   route
	version version
}

// run calls the operation and answers. What it returns is not answered yet.
func (c call) run(w http.ResponseWriter, r *http.Request) error {
	f := c.app.operations[c.route.operation]
	if f.Nil() {
		return notFound()
	}
	changes := changesFor(c.version, f.Name)
	out, err := f.Call(r.Context(), func(in any) error {
		input, err := readInput(w, r)
		if err != nil {
			return err
		}
		if err := changes.request(r.Context(), c, input); err != nil {
			return err
		}
		if err := input.decode(in, c.at.tenant); err != nil {
			return err
		}
		return c.checkTenant(r.Context(), f, in)
	})
	if err != nil {
		return c.outcome(w, f, err, changes)
	}
	if f.Tag.Get("form") == "text" {
		writeText(w, http.StatusOK, "Hello")
		return nil
	}
	return writeResult(w, f, out, changes)
}

// checkTenant refuses what cannot be asked for from the tenant in the path.
func (c call) checkTenant(ctx context.Context, f op.Field, in any) error {
	switch {
	case orPublic(c.at.tenant) == core.Public:
		return nil
	case f.Tag.Get("form") == "text":
		_, err := readTenant(ctx, c.app.core, c.at.app, c.at.tenant)
		return err
	case acrossTenants(in) && !c.version.before(v50):
		return forbiddenTenant()
	}
	return nil
}

// acrossTenants reports whether an input asks for something in all tenants.
func acrossTenants(in any) bool {
	switch in := in.(type) {
	case *core.CountUsers:
		return in.IncludeAllTenants
	case *core.ListSessions:
		return in.FetchAcrossAllTenants.Or(true)
	case *core.RevokeSessions:
		return in.UserID != "" && in.RevokeAcrossAllTenants.Or(true)
	}
	return false
}

func forbiddenTenant() error {
	return &core.Forbidden{Message: "Only public tenantId can call this app specific API"}
}

// outcome answers an expected outcome and returns any other error.
func (c call) outcome(w http.ResponseWriter, f op.Field, err error, changes changes) error {
	status, details, ok := declared(f, err)
	if !ok {
		return &failure{f.Name, err}
	}
	return writeStatus(w, status, details, changes)
}

// writeResult answers what an operation returned.
func writeResult(w http.ResponseWriter, f op.Field, out any, changes changes) error {
	if f.Tag.Get("form") != "bare" {
		return writeStatus(w, "OK", out, changes)
	}
	if keys, ok := out.(core.KeySet); ok {
		w.Header().Set("Cache-Control", "max-age="+strconv.FormatInt(keys.MaxAge, 10)+", must-revalidate")
	}
	body, err := json.Marshal(out)
	if err != nil {
		return &failure{f.Name, err}
	}
	writeJSON(w, body)
	return nil
}
