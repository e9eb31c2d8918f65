package main

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/testdb"
)

// rotationSettings change the key every two seconds.
const rotationSettings = `
access_token_dynamic_signing_key_update_interval: 0.000555556
access_token_validity: 5
signing_algorithm: `

const (
	rotationSlot  = 2000 // ms
	rotationSpare = 1000 // how long before it ends a token is not tried any more, in ms
)

// TestRotation has two servers change their keys under load. What one signs is
// verified with the keys that the other publishes, and never refused. Then one
// of them is asked to end. `make soak` does it for a whole minute.
func TestRotation(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []jose.SignatureAlgorithm{jose.RS256, jose.ES256} {
		t.Run(string(algorithm), func(t *testing.T) {
			t.Parallel()
			lasts := 12 * time.Second
			switch {
			case os.Getenv("POSTERN_SOAK") != "":
				lasts = time.Minute
			case testing.Short():
				lasts = 5 * time.Second
			}
			testRotation(t, algorithm, lasts)
		})
	}
}

func testRotation(t *testing.T, algorithm jose.SignatureAlgorithm, lasts time.Duration) {
	uri := testdb.Postgres(t)
	file := filepath.Join(t.TempDir(), "settings.yaml")
	if err := os.WriteFile(file, []byte(rotationSettings+string(algorithm)), 0o600); err != nil {
		t.Fatal(err)
	}
	one := start(t, "serve", "--config", file, "--db", uri, "--addr", "127.0.0.1:0")
	two := start(t, "serve", "--config", file, "--db", uri, "--addr", "127.0.0.1:0")

	keys := watchKeys(t, uri)
	made := rotate(t, lasts, one.URL, two.URL)
	made += leaveUnderLoad(t, one, two)
	keys.hold(t, lasts)
	oneSessionPerAnswer(t, uri, made)
}

// rotate creates sessions on each server for a while, and verifies them with
// the keys of the other as long as they live. It returns how many there were.
func rotate(t *testing.T, lasts time.Duration, one, two string) int {
	t.Helper()
	ends := time.Now().Add(lasts)
	var made, verified atomic.Int64
	var all sync.WaitGroup
	keys := map[string]*verifier{one: {core: dial(t, one)}, two: {core: dial(t, two)}}
	for i := range 6 {
		creates, verifies := one, two
		if i%2 == 1 {
			creates, verifies = two, one
		}
		all.Go(func() {
			c, live := dial(t, creates), []core.Token(nil)
			for n := 0; time.Now().Before(ends) && !t.Failed(); n++ {
				tokens, err := createSession(t, c, fmt.Sprintf("user-%d-%d", i, n))
				if err != nil {
					t.Errorf("a session: %v", err)
					return
				}
				made.Add(1)
				live = append(live, tokens.AccessToken)
				for live[0].Expiry < time.Now().UnixMilli()+rotationSpare {
					live = live[1:]
				}
				keys[verifies].verify(t, live[len(live)-1])
				keys[verifies].verify(t, live[0])
				verified.Add(2)
				time.Sleep(20 * time.Millisecond) // a pace that leaves the machine to others
			}
		})
	}
	all.Wait()
	t.Logf("%d sessions, %d times verified", made.Load(), verified.Load())
	return int(made.Load())
}

func createSession(t *testing.T, c *core.Core, userID string) (core.SessionTokens, error) {
	return c.Session.Create(t.Context(), core.CreateSession{
		UserID: userID, UserDataInJWT: core.Object{}, UserDataInDatabase: core.Object{},
	})
}

// verifier knows the keys of a server as a service does that gets its tokens:
// it keeps them as long as it may, and reads them anew for a key that it does
// not know.
type verifier struct {
	core *core.Core

	mu    sync.Mutex
	keys  jose.JSONWebKeySet
	until time.Time
}

func (v *verifier) verify(t *testing.T, token core.Token) {
	t.Helper()
	jws, err := jose.ParseSignedCompact(string(token.Token), []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil {
		t.Errorf("no token: %v", err)
		return
	}
	kid := jws.Signatures[0].Header.KeyID
	found, err := v.find(t, kid)
	if err != nil || len(found) != 1 {
		t.Errorf("a token that lives for %d ms more is refused: %d keys %s, %v",
			token.Expiry-time.Now().UnixMilli(), len(found), kid, err)
		return
	}
	if _, err := jws.Verify(found[0]); err != nil {
		t.Errorf("a token of the key %s is refused: %v", kid, err)
	}
}

func (v *verifier) find(t *testing.T, kid string) ([]jose.JSONWebKey, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	found := v.keys.Key(kid)
	if len(found) > 0 && time.Now().Before(v.until) {
		return found, nil
	}
	asked := time.Now()
	set, err := v.core.JWT.Keys(t.Context(), struct{}{})
	if err != nil {
		return nil, err
	}
	v.keys.Keys, v.until = set.Keys, asked.Add(time.Duration(set.MaxAge)*time.Second)
	return v.keys.Key(kid), nil
}

// keyWatch is the keys that there were, by their slots. The servers delete
// those that are no longer needed.
type keyWatch struct {
	stop   func()
	bySlot map[int64]map[string]bool
}

// watchKeys looks at the table again and again, until it is told to stop.
func watchKeys(t *testing.T, uri string) *keyWatch {
	t.Helper()
	db := openSQL(t, uri)
	w := &keyWatch{bySlot: map[int64]map[string]bool{}}
	done, ended := make(chan struct{}), make(chan struct{})
	w.stop = sync.OnceFunc(func() { close(done); <-ended; db.Close() })
	t.Cleanup(w.stop)
	go func() {
		defer close(ended)
		for {
			w.look(t, db)
			select {
			case <-done:
				w.look(t, db)
				return
			case <-time.After(rotationSlot / 2 * time.Millisecond):
			}
		}
	}()
	return w
}

func (w *keyWatch) look(t *testing.T, db *sql.DB) {
	rows, err := db.QueryContext(t.Context(), `SELECT slot, kid FROM signing_keys WHERE kind = 'dynamic'`)
	if t.Context().Err() != nil {
		return // the test has failed elsewhere, and said so
	}
	if err != nil {
		t.Error(err)
		return
	}
	defer rows.Close()
	for rows.Next() {
		var slot int64
		var kid string
		if err := rows.Scan(&slot, &kid); err != nil {
			t.Error(err)
		}
		if w.bySlot[slot] == nil {
			w.bySlot[slot] = map[string]bool{}
		}
		w.bySlot[slot][kid] = true
	}
	if err := rows.Err(); err != nil {
		t.Error(err)
	}
}

// hold holds that every slot had a key, and none had two.
func (w *keyWatch) hold(t *testing.T, lasts time.Duration) {
	t.Helper()
	w.stop()
	slots := slices.Sorted(maps.Keys(w.bySlot))
	for i, slot := range slots {
		if len(w.bySlot[slot]) != 1 {
			t.Errorf("the slot %d had %d keys", slot, len(w.bySlot[slot]))
		}
		if i > 0 && slot != slots[i-1]+rotationSlot {
			t.Errorf("after the slot %d comes %d", slots[i-1], slot)
		}
	}
	if want := int(lasts.Milliseconds() / rotationSlot); len(slots) < want {
		t.Errorf("%d keys in %v, want at least %d", len(slots), lasts, want)
	}
	t.Logf("%d slots, each with one key", len(slots))
}

// leaveUnderLoad asks one server to end while both are busy: it answers what
// it has taken, and the other goes on. It returns how many sessions were
// answered with.
func leaveUnderLoad(t *testing.T, one, two *process) int {
	t.Helper()
	var made atomic.Int64
	var left, stayed sync.WaitGroup
	done, busy := make(chan struct{}), newQuota(40)
	for i := range 4 {
		left.Go(func() {
			c := dial(t, one.URL)
			for n := 0; ; n++ {
				if _, err := createSession(t, c, fmt.Sprintf("left-%d-%d", i, n)); err != nil {
					holdRefusal(t, err)
					return
				}
				made.Add(1)
				busy.add()
			}
		})
	}
	for i := range 2 {
		stayed.Go(func() {
			c := dial(t, two.URL)
			for n := 0; ; n++ {
				if _, err := createSession(t, c, fmt.Sprintf("stayed-%d-%d", i, n)); err != nil {
					t.Errorf("the server that stays: %v", err)
					return
				}
				made.Add(1)
				select {
				case <-done:
					return
				case <-time.After(5 * time.Millisecond): // the machine is for those who leave
				}
			}
		})
	}
	<-busy.full
	one.stop()
	if code := one.wait(); code != 0 {
		t.Errorf("exit code %d: %s", code, &one.stderr)
	}
	left.Wait()
	time.Sleep(3 * rotationSlot / 2 * time.Millisecond) // the keys change once more
	close(done)
	stayed.Wait()
	return int(made.Load())
}

// holdRefusal holds that a server that ends answers well or not at all.
func holdRefusal(t *testing.T, err error) {
	t.Helper()
	var down *core.Unavailable
	if !errors.As(err, &down) || strings.Contains(err.Error(), "the core answered") {
		t.Errorf("a server that ends answered: %v", err)
	}
}

// oneSessionPerAnswer asks the table whether somebody was not told what was
// done: a request that was accepted, and got no answer.
func oneSessionPerAnswer(t *testing.T, uri string, answers int) {
	t.Helper()
	db := openSQL(t, uri)
	defer db.Close()
	var sessions int
	if err := db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM sessions`).Scan(&sessions); err != nil || sessions != answers {
		t.Errorf("%d sessions were made, and %d answered with: %v", sessions, answers, err)
	}
}
