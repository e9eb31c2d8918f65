package cdi_test

import (
	_ "embed"
	"slices"
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// description is the public description of the protocol in short; see
// testdata/extract.py.
//
//go:embed testdata/openapi.txt
var description string

// described is an operation of the description.
type described struct {
	inTenant bool
	statuses []string
}

// describedOperations are keyed by method and path, without the tenant, and
// the recipe where several share a path.
func describedOperations() map[string]described {
	all := map[string]described{}
	for line := range strings.Lines(description) {
		words := strings.Fields(line)
		path, inTenant := strings.CutPrefix(words[1], "/{tenant}")
		key, statuses := words[0]+" "+path, words[2:]
		if n := len(statuses); n > 0 && strings.HasPrefix(statuses[n-1], "[") {
			key, statuses = key+" "+strings.Trim(statuses[n-1], "[]"), statuses[:n-1]
		}
		all[key] = described{inTenant, statuses}
	}
	return all
}

// newer are operations that cores serve and the description does not have yet.
func newer() []string { return []string{"Metadata.ReadMany", "TOTP.StatusOfMany"} }

// undescribed are statuses that cores answer and the description forgets.
func undescribed() []string {
	return []string{
		"Tenant.RemoveUser UNKNOWN_USER_ID_ERROR",
		"Dashboard.SignIn INVALID_CREDENTIALS_ERROR", // which it spells otherwise
		"Dashboard.Verify INVALID_SESSION_ERROR",
	}
}

// unanswered are statuses that the description has and cores do not answer.
func unanswered() []string {
	return []string{
		"Dashboard.SignIn INVAlID_CREDENTIALS_ERROR",
		"Dashboard.Verify INVAlID_SESSION_ERROR",
		"Tenant.SetProvider CONFIG_VALIDATION_ERROR", // it is a bad input
	}
}

// TestContract holds the tags to the description: every operation that is not
// our own stands there, and answers what it says.
func TestContract(t *testing.T) {
	t.Parallel()
	all := describedOperations()
	for _, f := range op.Fields(new(core.Core), "cdi") {
		path, inTenant := strings.CutPrefix(f.Path, "/{tenant}")
		key := strings.TrimSpace(f.Method + " " + path + " " + f.Tag.Get("rid"))
		theirs, ok := all[key]
		if f.Tag.Get("ext") != "" {
			if ok {
				t.Errorf("%s is described; take ext from its tag", f.Name)
			}
			continue
		}
		if slices.Contains(newer(), f.Name) {
			if ok {
				t.Errorf("%s is described by now", f.Name)
			}
			continue
		}
		if !ok {
			t.Errorf("%s: %q is not described; has the path a mistake, or is it an extension?", f.Name, key)
			continue
		}
		checkStatuses(t, f, theirs)
		if theirs.inTenant && !inTenant && !slices.Contains(appWide(), f.Name) {
			t.Errorf("%s belongs to a tenant", f.Name)
		}
	}
}

func checkStatuses(t *testing.T, f op.Field, theirs described) {
	t.Helper()
	for _, s := range f.Fails {
		if !slices.Contains(theirs.statuses, string(s)) && !slices.Contains(undescribed(), f.Name+" "+string(s)) {
			t.Errorf("%s: %s is not described", f.Name, s)
		}
	}
	for _, s := range theirs.statuses {
		if !slices.Contains(f.Fails, op.Status(s)) && !slices.Contains(unanswered(), f.Name+" "+s) {
			t.Errorf("%s: %s is described but not declared", f.Name, s)
		}
	}
}

// appWide are the operations that the description puts into a tenant and that
// cores do for the app.
func appWide() []string {
	return []string{"EmailPassword.Update", "Passwordless.Update", "Session.SetPayload", "Service.Ping"}
}
