package enginetest

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// ok calls an operation that must succeed.
func ok[In, Out any](t *testing.T, f op.Func[In, Out], in In) Out {
	t.Helper()
	out, err := f(t.Context(), in)
	if err != nil {
		t.Fatalf("%T: %v", in, err)
	}
	return out
}

// fails calls an operation that must have the outcome want, and returns its
// details.
func fails[In, Out any](t *testing.T, f op.Func[In, Out], in In, want op.Status) error {
	t.Helper()
	_, err := f(t.Context(), in)
	if got := outcomeOf(err); got != want {
		t.Fatalf("%T: %s (%v), want %s", in, got, err, want)
	}
	return err
}

// bad calls an operation with a mistake in it; the answer must say text.
func bad[In, Out any](t *testing.T, f op.Func[In, Out], in In, text string) {
	t.Helper()
	_, err := f(t.Context(), in)
	var mistake *core.BadInput
	if !errors.As(err, &mistake) || mistake.Message != text {
		t.Errorf("%T: %v, want the bad input %q", in, err, text)
	}
}

// forbidden calls an operation that is not allowed here.
func forbidden[In, Out any](t *testing.T, f op.Func[In, Out], in In, text string) {
	t.Helper()
	_, err := f(t.Context(), in)
	var no *core.Forbidden
	if !errors.As(err, &no) || no.Message != text {
		t.Errorf("%T: %v, want the refusal %q", in, err, text)
	}
}

// noTenant calls an operation on a tenant, or an app, that does not exist.
func noTenant[In, Out any](t *testing.T, f op.Func[In, Out], in In) {
	t.Helper()
	_, err := f(t.Context(), in)
	var missing *core.TenantNotFound
	if !errors.As(err, &missing) {
		t.Errorf("%T: %v, want a missing tenant", in, err)
	}
}

// newID returns an id that no other test has.
func newID(prefix string) string { return prefix + "-" + strings.ToLower(rand.Text()) }

func newEmail() string { return newID("user") + "@example.com" }

const password core.Secret = "correct horse 1"

// signUp makes a user with a new address and the password.
func (s suite) signUp(t *testing.T, tenant string) (user core.User, email string) {
	t.Helper()
	email = newEmail()
	return ok(t, s.EmailPassword.SignUp, core.SignUp{TenantID: tenant, Email: email, Password: password}).User, email
}

// newTenant makes a tenant of the app "public".
func (s suite) newTenant(t *testing.T) string {
	t.Helper()
	return newTenantOf(t, s.Core)
}

func newTenantOf(t *testing.T, c *core.Core) string {
	t.Helper()
	id := newID("tenant")
	created := ok(t, c.Tenant.CreateOrUpdate, core.TenantSettings{TenantID: id})
	if !created.CreatedNew {
		t.Fatalf("tenant %s is not new", id)
	}
	return id
}

// newApp makes an app and returns its core.
func (s suite) newApp(t *testing.T) (id string, c *core.Core) {
	t.Helper()
	id = newID("app")
	ok(t, s.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: id})
	return id, s.app(id)
}

// start starts a session of a user who need not exist.
func start(t *testing.T, c *core.Core, tenant, user string) core.SessionTokens {
	t.Helper()
	return ok(t, c.Session.Create, core.CreateSession{TenantID: tenant, UserID: user})
}

// object makes a JSON object from its text.
func object(text string) core.Object {
	var o core.Object
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err) // the text stands in a test
	}
	return o
}

// sameJSON fails unless both are the same JSON but for spaces and order.
func sameJSON(t *testing.T, what string, got, want core.Object) {
	t.Helper()
	a, errA := json.Marshal(got)
	b, errB := json.Marshal(want)
	if errA != nil || errB != nil || string(a) != string(b) {
		t.Errorf("%s = %s, want %s", what, a, b)
	}
}
