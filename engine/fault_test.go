package engine_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/roomtest"
	"github.com/posternauth/postern/internal/testdb"
)

// proxy stands between an engine and its database, and can be cut.
type proxy struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	down  bool
	conns []net.Conn
}

// newProxy returns a proxy, and a URI that leads through it.
func newProxy(t *testing.T, uri string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{to: u.Host}
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.listener.Close(); p.cut(true) })
	go p.serve()
	u.Host = p.listener.Addr().String()
	return p, u.String()
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.to)
		if err != nil || !p.keep(client, server) {
			client.Close()
			continue
		}
		go func() { io.Copy(server, client); server.Close() }()
		go func() { io.Copy(client, server); client.Close() }()
	}
}

func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = append(p.conns, conns...)
	return !p.down
}

// cut breaks all connections, and new ones while it is down.
func (p *proxy) cut(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

// TestDatabaseDown: while the database is away, tokens verify and everything
// else is Unavailable, and never a refusal; when it is back, so is everything.
func TestDatabaseDown(t *testing.T) {
	t.Parallel()
	p, uri := newProxy(t, testdb.Postgres(t))
	app := roomtest.Open(t, uri).App("")
	user := roomtest.SignUp(t, app, "a@example.com")
	session := roomtest.Start(t, app, user.ID)
	signIn := core.SignIn{Email: "a@example.com", Password: "password1"}
	verify := core.VerifySession{AccessToken: session.AccessToken.Token}

	p.cut(false) // every pooled connection is dead
	roomtest.OK(t, app.User.ByID, core.UserByID{UserID: user.ID})

	p.cut(true)
	began := time.Now()
	roomtest.OK(t, app.Session.Verify, verify)
	roomtest.OK(t, app.JWT.Keys, struct{}{})
	if took := time.Since(began); took > time.Second {
		t.Errorf("verification without the database took %v", took)
	}
	roomtest.Fails[*core.Unavailable](t, app.EmailPassword.SignIn, signIn)
	roomtest.Fails[*core.Unavailable](t, app.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token})
	verify.CheckDatabase = true
	roomtest.Fails[*core.Unavailable](t, app.Session.Verify, verify)
	roomtest.Fails[*core.Unavailable](t, app.Service.Ping, struct{}{})
	other := roomtest.Open(t, testdb.SQLite(t)).App("")
	roomtest.Fails[*core.Unavailable](t, app.Session.Verify, core.VerifySession{AccessToken: roomtest.Start(t, other, "u").AccessToken.Token})

	p.cut(false)
	roomtest.OK(t, app.EmailPassword.SignIn, signIn)
	roomtest.OK(t, app.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token})
	roomtest.OK(t, app.Session.Verify, verify)
}
