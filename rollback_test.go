package postern_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/cdi"
	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
)

// eachCore runs a test on our own core, and on one over HTTP that has only the
// operations of the public protocol.
func eachCore(t *testing.T, test func(t *testing.T, cfg authtest.Config)) {
	t.Helper()
	t.Run("own", func(t *testing.T) {
		t.Parallel()
		test(t, authtest.Config{})
	})
	t.Run("foreign", func(t *testing.T) {
		t.Parallel()
		test(t, authtest.Config{App: func(c *postern.Config) { c.Core = foreign(t, c.Core) }})
	})
}

// foreign returns a core over HTTP without our own operations on sessions.
func foreign(t *testing.T, own *core.Core) *core.Core {
	t.Helper()
	less := *own
	less.Session.ChangePayload = nil
	handler, err := cdi.Handler(cdi.Config{App: func(string) *core.Core { return &less }})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := cdi.Dial(server.URL, cdi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// takenAway is a session whose role was taken away, from the user and from the
// session, and whose client still has the token from before.
func takenAway(t *testing.T, cfg authtest.Config) (a *authtest.App, b *authtest.Browser, handle string) {
	t.Helper()
	a = authtest.New(t, cfg)
	b = a.Browser()
	b.Mode = "header"
	id := b.SignUp(ada, password)
	ctx := t.Context()
	if _, err := a.Core.Role.CreateOrAdd(ctx, core.RolePermissions{Role: "admin", Permissions: []string{"wipe"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Core.Role.AddToUser(ctx, core.UserRole{UserID: id, Role: "admin"}); err != nil {
		t.Fatal(err)
	}
	old, err := a.Sessions.RevokeUser(ctx, id)
	if err != nil || len(old) != 1 {
		t.Fatal(old, err)
	}
	b.SignIn(ada, password)
	handles, err := a.Sessions.HandlesOf(ctx, id)
	if err != nil || len(handles) != 1 {
		t.Fatal(handles, err)
	}
	handle = handles[0]
	if _, err := a.Core.Role.RemoveFromUser(ctx, core.UserRole{UserID: id, Role: "admin"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []claim.Builder{a.Roles.RolesClaim, a.Roles.PermissionsClaim} {
		if there, err := a.Sessions.FetchClaimHandle(ctx, handle, c); !there || err != nil {
			t.Fatal(there, err)
		}
	}
	if _, err := a.Sessions.MergeHandle(ctx, handle, claim.Payload{"plan": json.RawMessage(`"free"`)}); err != nil {
		t.Fatal(err)
	}
	return a, b, handle
}

// wantAway fails when a role, or the old plan, is back.
func wantAway(t *testing.T, a *authtest.App, b *authtest.Browser, handle string) {
	t.Helper()
	stored, there, err := a.Sessions.Details(t.Context(), handle)
	if !there || err != nil {
		t.Fatal(there, err)
	}
	if roles, _, _ := a.Roles.RolesClaim.Value(stored.UserDataInJWT); len(roles) > 0 {
		t.Errorf("the roles %q are stored again", roles)
	}
	if plan := string(stored.UserDataInJWT["plan"]); plan != `"free"` {
		t.Errorf("the plan is %s", plan)
	}
	b.RefreshSession().Want(200)
	says, err := json.Marshal(b.Payload()["st-role"])
	if err != nil {
		t.Fatal(err)
	}
	if roles, _, _ := a.Roles.RolesClaim.Value(core.Object{"st-role": says}); len(roles) > 0 {
		t.Errorf("the token says %s after a refresh", says)
	}
}

// TestTakenAwayStaysAway: whatever a client does with a token of before, what
// was taken from its session does not come back.
func TestTakenAwayStaysAway(t *testing.T) {
	t.Parallel()
	verification := func(t *testing.T, a *authtest.App, b *authtest.Browser) string {
		b.Post("/auth/user/email/verify/token", nil).OK()
		mail, _ := a.Mail.Last(ada)
		return secretInMail.FindStringSubmatch(mail.Text)[1]
	}
	for name, call := range map[string]func(t *testing.T, a *authtest.App, b *authtest.Browser){
		"a POST that stores a claim": func(t *testing.T, a *authtest.App, b *authtest.Browser) {
			b.Post("/auth/user/email/verify", map[string]any{"method": "token", "token": verification(t, a, b)}).OK()
		},
		"a GET that stores a claim": func(t *testing.T, a *authtest.App, b *authtest.Browser) {
			other := a.Browser()
			other.SignIn(ada, password)
			other.Post("/auth/user/email/verify", map[string]any{"method": "token", "token": verification(t, a, other)}).OK()
			b.Get("/auth/user/email/verify").OK()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachCore(t, func(t *testing.T, cfg authtest.Config) {
				a, b, handle := takenAway(t, cfg)
				call(t, a, b)
				wantAway(t, a, b, handle)
			})
		})
	}
}
