package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posternauth/postern/cdi"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/op"
)

// TestCrash kills the server in the middle of writes, again and again, and
// holds what is there after the restart against what its clients were told:
// what was confirmed is there, what was refused is not, and what nobody knows
// can be tried again.
func TestCrash(t *testing.T) {
	t.Parallel()
	rounds := 20
	if testing.Short() {
		rounds = 3
	}
	testdb.Each(t, func(t *testing.T, uri string) {
		var notes []*note
		for round := range rounds {
			server := start(t, "serve", "--db", uri, "--addr", "127.0.0.1:0")
			holdLaws(t, dial(t, server.URL), notes)
			holdTables(t, uri)
			notes = crash(t, server, round)
		}
		server := start(t, "serve", "--db", uri, "--addr", "127.0.0.1:0")
		holdLaws(t, dial(t, server.URL), notes)
		holdTables(t, uri)
	})
}

func dial(t *testing.T, url string) *core.Core {
	t.Helper()
	c, err := cdi.Dial(url, cdi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// outcome is what a client knows of what it asked for.
type outcome int

// The intent is written down as unknown before the request goes out.
const (
	neverAsked outcome = iota
	unknown
	confirmed
	refused
)

// note is what a client wrote down about one person.
type note struct {
	email   string
	userID  string      // of a sign-up that was confirmed
	handle  string      // of a session that was confirmed
	refresh core.Secret // the latest refresh token that arrived

	signUp, session outcome
	signUpAgain     outcome // with otherPassword
}

const (
	firstPassword core.Secret = "correct horse 1"
	otherPassword core.Secret = "another horse 2"
)

// crash lets clients write until a random number of operations was confirmed,
// and kills the server a random moment later.
func crash(t *testing.T, server *process, round int) (all []*note) {
	t.Helper()
	c := client{t, dial(t, server.URL), newQuota(1 + rand.Int64N(60))}
	var clients sync.WaitGroup
	written := make([][]*note, 8)
	for i := range written {
		clients.Go(func() {
			for n := 0; ; n++ {
				person := &note{email: fmt.Sprintf("r%d-c%d-n%d@example.com", round, i, n)}
				written[i] = append(written[i], person)
				if !c.live(person) {
					return
				}
			}
		})
	}
	gone := make(chan struct{})
	go func() {
		clients.Wait()
		close(gone)
	}()
	select {
	case <-c.confirmed.full:
	case <-gone: // a busy machine: all of them were told to come later
	}
	time.Sleep(rand.N(5 * time.Millisecond))
	server.kill()
	<-gone
	for _, w := range written {
		all = append(all, w...)
	}
	return all
}

// quota is a number of events to wait for.
type quota struct {
	left atomic.Int64
	full chan struct{}
}

func newQuota(n int64) *quota {
	q := &quota{full: make(chan struct{})}
	q.left.Store(n)
	return q
}

func (q *quota) add() {
	if q.left.Add(-1) == 0 {
		close(q.full)
	}
}

// client writes down what it asks for, and what it is told.
type client struct {
	t         *testing.T
	core      *core.Core
	confirmed *quota
}

// live signs a person up, starts a session, refreshes it, and signs up again
// with another password. It is false when an answer did not come: the server
// is gone, or very busy.
func (c client) live(n *note) bool {
	ctx := c.t.Context()
	n.signUp = unknown
	user, err := c.core.EmailPassword.SignUp(ctx, core.SignUp{Email: n.email, Password: firstPassword})
	if n.signUp = c.told(err); n.signUp != confirmed {
		return false
	}
	n.userID, n.session = user.RecipeUserID, unknown
	tokens, err := c.core.Session.Create(ctx, core.CreateSession{
		UserID: n.userID, UserDataInJWT: core.Object{}, UserDataInDatabase: core.Object{},
	})
	if n.session = c.told(err); n.session != confirmed {
		return false
	}
	n.handle, n.refresh = tokens.Session.Handle, tokens.RefreshToken.Token
	for range rand.IntN(6) {
		tokens, err := c.core.Session.Refresh(ctx, core.RefreshSession{RefreshToken: n.refresh})
		if c.told(err) != confirmed {
			return false
		}
		n.refresh = tokens.RefreshToken.Token
	}
	if rand.IntN(3) == 0 {
		_, err = c.core.EmailPassword.SignUp(ctx, core.SignUp{Email: n.email, Password: otherPassword})
		n.signUpAgain = c.told(err)
	}
	return n.signUpAgain != unknown
}

// told is what an answer tells.
func (c client) told(err error) outcome {
	var status op.Status
	var down *core.Unavailable
	switch {
	case err == nil:
		c.confirmed.add()
		return confirmed
	case errors.As(err, &status):
		return refused
	case !errors.As(err, &down) || strings.Contains(err.Error(), "the core answered 500"):
		c.t.Errorf("neither done nor refused nor unavailable: %v", err)
	}
	return unknown
}

// holdLaws asks a server that was restarted about everything that the clients
// of the one before wrote down.
func holdLaws(t *testing.T, c *core.Core, notes []*note) {
	t.Helper()
	unknowns, done := 0, 0
	for _, n := range notes {
		if n.signUp == unknown {
			unknowns++
			if n.tryAgain(t, c) == refused {
				done++
			}
		}
		n.holdAccount(t, c)
		n.holdSession(t, c)
		if t.Failed() {
			t.Fatalf("the laws do not hold for %s", n.email)
		}
	}
	t.Logf("%d people; of %d sign-ups without an answer %d had been done", len(notes), unknowns, done)
}

// tryAgain repeats a sign-up whose answer did not come.
func (n *note) tryAgain(t *testing.T, c *core.Core) outcome {
	_, err := c.EmailPassword.SignUp(t.Context(), core.SignUp{Email: n.email, Password: firstPassword})
	switch {
	case err == nil:
		return confirmed
	case !errors.Is(err, core.EmailAlreadyExists):
		t.Errorf("the sign-up of %s cannot be repeated: %v", n.email, err)
	}
	return refused
}

func (n *note) holdAccount(t *testing.T, c *core.Core) {
	ctx := t.Context()
	user, err := c.EmailPassword.SignIn(ctx, core.SignIn{Email: n.email, Password: firstPassword})
	if err != nil || n.signUp == confirmed && user.RecipeUserID != n.userID {
		t.Errorf("%s, confirmed as %q, signs in as %q: %v", n.email, n.userID, user.RecipeUserID, err)
	}
	found, err := c.User.ByAccountInfo(ctx, core.UsersByAccountInfo{Email: n.email})
	if err != nil || len(found.Users) != 1 {
		t.Errorf("%s has %d accounts, want one: %v", n.email, len(found.Users), err)
	}
	if n.signUpAgain == neverAsked {
		return
	}
	_, err = c.EmailPassword.SignIn(ctx, core.SignIn{Email: n.email, Password: otherPassword})
	if n.signUpAgain == confirmed || !errors.Is(err, core.WrongCredentials) {
		t.Errorf("%s has the password of a second sign-up: %v", n.email, err)
	}
}

func (n *note) holdSession(t *testing.T, c *core.Core) {
	if n.session == neverAsked {
		return
	}
	listed, err := c.Session.ListHandles(t.Context(), core.ListSessions{UserID: n.userID})
	if err != nil || len(listed.SessionHandles) > 1 {
		t.Errorf("%s has the sessions %q, asked for one: %v", n.email, listed.SessionHandles, err)
	}
	if n.session != confirmed {
		return
	}
	first := n.successor(t, c, n.refresh)
	if again := n.successor(t, c, n.refresh); again != first {
		t.Errorf("%s: the same refresh token has two successors", n.email)
	}
	n.successor(t, c, first)
}

// successor refreshes. Whether or not the refresh was done that was on its way
// when the server died, the token before it still serves.
func (n *note) successor(t *testing.T, c *core.Core, token core.Secret) core.Secret {
	t.Helper()
	out, err := c.Session.Refresh(t.Context(), core.RefreshSession{RefreshToken: token})
	if err != nil || out.Session.Handle != n.handle {
		t.Errorf("the session %s of %s does not refresh: %v", n.handle, n.email, err)
	}
	return out.RefreshToken.Token
}
