//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/posternauth/postern/core"
)

const (
	pgbouncer        = "/usr/sbin/pgbouncer"
	poolPerInstance  = 2
	poolerClients    = 8
	poolerLives      = 6 // of each client
	poolerShortLives = 2
)

// poolerSettings are those of a pooler that gives a connection away after each
// transaction, as it comes: nothing is reset, and no statement is kept track of.
const poolerSettings = `[databases]
postgres = host=127.0.0.1 port=%s user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = any
user = postgres
pool_mode = transaction
default_pool_size = %d
max_client_conn = 100
`

// TestPooler lets clients do everything at once with servers that share few
// connections through a transaction pooler. Two of the servers begin at once,
// on an empty database, and the third finds it as they left it.
func TestPooler(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(pgbouncer); err != nil {
		t.Skipf("there is no %s; `make test` brings it, and so does scripts/with-postgres where there is apt-get", pgbouncer)
	}
	c := newCluster(t)
	uri := c.pool(t, 2*poolPerInstance)
	one := start(t, "serve", "--pooler", "--db", uri, "--addr", "127.0.0.1:0")
	two := start(t, "serve", "--pooler", "--db", uri, "--addr", "127.0.0.1:0")
	throughPooler(t, one.URL+";"+two.URL, "first")
	one.stop()
	one.wait()
	three := start(t, "serve", "--pooler", "--db", uri, "--addr", "127.0.0.1:0")
	throughPooler(t, two.URL+";"+three.URL, "second")
	holdTables(t, c.URI)
}

// pool starts a pooler before the cluster, and returns the URI there.
func (c *cluster) pool(t *testing.T, connections int) string {
	t.Helper()
	port := freePort(t)
	file := filepath.Join(c.dir, "pgbouncer.ini")
	if err := os.WriteFile(file, fmt.Appendf(nil, poolerSettings, c.port, port, connections), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), pgbouncer, file)
	var said bytes.Buffer // read it only when the pooler has ended
	cmd.Stderr = &said
	cmd.SysProcAttr, cmd.Dir = c.as, c.dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the pooler said: %s", &said)
		}
	})
	uri := "postgres://postgres@" + net.JoinHostPort("127.0.0.1", port) + "/postgres?sslmode=disable"
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, uri)
		if err == nil {
			conn.Close(ctx)
			return uri
		}
		if ctx.Err() != nil {
			t.Fatalf("the pooler does not answer: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// throughPooler has clients live whole lives, none of which may fail.
func throughPooler(t *testing.T, url, prefix string) {
	t.Helper()
	lives := poolerLives
	if testing.Short() {
		lives = poolerShortLives
	}
	c := dial(t, url)
	atOnce(poolerClients*lives, poolerClients, func(i int) {
		person := fmt.Sprintf("%s-%d@example.com", prefix, i)
		if err := wholeLife(t.Context(), c, person); err != nil {
			t.Errorf("%s: %v", person, err)
		}
	})
}

// wholeLife does what people and their app do, and returns the first error.
func wholeLife(ctx context.Context, c *core.Core, email string) error {
	user, err := c.EmailPassword.SignUp(ctx, core.SignUp{Email: email, Password: firstPassword})
	if err != nil {
		return fmt.Errorf("sign-up: %w", err)
	}
	id := user.RecipeUserID
	if _, err := c.EmailPassword.SignIn(ctx, core.SignIn{Email: email, Password: firstPassword}); err != nil {
		return fmt.Errorf("sign-in: %w", err)
	}
	if err := liveInSession(ctx, c, id); err != nil {
		return err
	}
	if err := liveWithRoles(ctx, c, id); err != nil {
		return err
	}
	page, err := c.User.List(ctx, core.ListUsers{Limit: 5, TimeJoinedOrder: "DESC"})
	if err == nil && len(page.Users) == 0 {
		err = errors.New("nobody is there")
	}
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	if page.NextPaginationToken != "" {
		if _, err := c.User.List(ctx, core.ListUsers{Limit: 5, TimeJoinedOrder: "DESC", PaginationToken: page.NextPaginationToken}); err != nil {
			return fmt.Errorf("next page: %w", err)
		}
	}
	found, err := c.User.ByAccountInfo(ctx, core.UsersByAccountInfo{Email: email})
	if err == nil && len(found.Users) != 1 {
		err = fmt.Errorf("%d users have the address", len(found.Users))
	}
	return err
}

func liveInSession(ctx context.Context, c *core.Core, id string) error {
	tokens, err := c.Session.Create(ctx, core.CreateSession{UserID: id, UserDataInJWT: core.Object{}, UserDataInDatabase: core.Object{}})
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	for range 3 {
		if tokens, err = c.Session.Refresh(ctx, core.RefreshSession{RefreshToken: tokens.RefreshToken.Token}); err != nil {
			return fmt.Errorf("refresh: %w", err)
		}
		if _, err = c.Session.Verify(ctx, core.VerifySession{AccessToken: tokens.AccessToken.Token, CheckDatabase: true}); err != nil {
			return fmt.Errorf("verify: %w", err)
		}
	}
	listed, err := c.Session.ListHandles(ctx, core.ListSessions{UserID: id})
	if err == nil && len(listed.SessionHandles) != 1 {
		err = fmt.Errorf("%d sessions", len(listed.SessionHandles))
	}
	return err
}

func liveWithRoles(ctx context.Context, c *core.Core, id string) error {
	if _, err := c.Role.CreateOrAdd(ctx, core.RolePermissions{Role: "editor", Permissions: []string{"read", "write"}}); err != nil {
		return fmt.Errorf("role: %w", err)
	}
	if _, err := c.Role.AddToUser(ctx, core.UserRole{UserID: id, Role: "editor"}); err != nil {
		return fmt.Errorf("role of the user: %w", err)
	}
	roles, err := c.Role.OfUser(ctx, core.RolesOfUser{UserID: id})
	if err == nil && len(roles.Roles) != 1 {
		err = fmt.Errorf("the roles are %q", roles.Roles)
	}
	if err != nil {
		return fmt.Errorf("roles: %w", err)
	}
	if _, err := c.Role.UsersWith(ctx, core.UsersWithRole{Role: "editor"}); err != nil {
		return fmt.Errorf("users with a role: %w", err)
	}
	_, err = c.Role.PermissionsOf(ctx, core.RolesOfUser{UserID: id})
	return err
}
