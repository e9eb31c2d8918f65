package role_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/testdb"
)

// TestRequirePermission is the story of somebody who becomes an editor.
func TestRequirePermission(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		ctx := t.Context()
		a := authtest.New(t, authtest.Config{Database: uri, Handler: func(a *authtest.App) http.Handler {
			return a.Sessions.Require(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "in") },
				claim.Includes(a.Roles.PermissionsClaim, "page:write"))
		}})
		b := a.Browser()
		id := b.SignUp("ada@example.com", "correct horse 1")
		b.Get("/page").Want(403).Has(`{"id":"st-perm","reason":{"message":"wrong value","expectedToInclude":"page:write","actualValue":[]}}`)

		if _, err := a.Roles.AddToUser(ctx, core.UserRole{TenantID: "public", UserID: id, Role: "editor"}); !errors.Is(err, core.UnknownRole) {
			t.Errorf("an unknown role: %v", err)
		}
		if out, err := a.Roles.CreateOrAdd(ctx, core.RolePermissions{Role: "editor", Permissions: []string{"page:write", "page:read"}}); err != nil || !out.CreatedNewRole {
			t.Fatal(out, err)
		}
		if _, err := a.Roles.AddToUser(ctx, core.UserRole{TenantID: "public", UserID: id, Role: "editor"}); err != nil {
			t.Fatal(err)
		}
		b.SignIn("ada@example.com", "correct horse 1")
		b.Get("/page").Want(200)
		payload := b.Payload()
		if diff := cmp.Diff(payload["st-role"].(map[string]any)["v"], []any{"editor"}); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(payload["st-perm"].(map[string]any)["v"], []any{"page:read", "page:write"}); diff != "" {
			t.Error(diff)
		}
	})
}
