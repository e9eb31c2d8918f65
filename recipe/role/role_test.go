package role_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/recipe/role"
	"github.com/posternauth/postern/recipe/session"
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

// TestNewSession is the claims that a new session has, by configuration.
func TestNewSession(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	editor := func(original role.Functions) role.Functions {
		original.OfUser = func(context.Context, core.RolesOfUser) (core.RoleNames, error) {
			return core.RoleNames{Roles: []string{"editor"}}, nil
		}
		return original
	}
	for name, tt := range map[string]struct {
		cfg         role.Config
		roles, perm string
	}{
		"both":               {role.Config{}, `[]`, `[]`},
		"replaced":           {role.Config{Functions: editor}, `["editor"]`, `[]`},
		"without roles":      {role.Config{SkipRolesClaim: true}, ``, `[]`},
		"without permission": {role.Config{SkipPermissionsClaim: true}, `[]`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sessions := session.New(session.Config{})
			_, err := postern.New(postern.Config{
				App:  postern.AppInfo{Name: "A", APIDomain: a.URL, WebsiteDomain: a.URL},
				Core: a.Core, Recipes: []postern.Recipe{sessions, role.New(tt.cfg)}, Now: a.Clock.Now,
			})
			if err != nil {
				t.Fatal(err)
			}
			s, err := sessions.CreateTokens(t.Context(), session.NewSession{RecipeUserID: "ada"})
			if err != nil {
				t.Fatal(err)
			}
			for claim, want := range map[string]string{"st-role": tt.roles, "st-perm": tt.perm} {
				var got struct{ V json.RawMessage }
				if raw := s.Payload()[claim]; raw != nil {
					if err := json.Unmarshal(raw, &got); err != nil {
						t.Fatal(err)
					}
				}
				if string(got.V) != want {
					t.Errorf("%s is %s, want %s", claim, got.V, want)
				}
			}
		})
	}
}
