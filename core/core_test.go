package core_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// TestContract reads every tag: a mistake in one panics, and no route serves
// two operations.
func TestContract(t *testing.T) {
	t.Parallel()
	routes := map[string]string{}
	for _, f := range op.Fields(new(core.Core), "cdi") {
		for _, r := range f.Routes() {
			key := r.Method + " " + r.Path + " " + f.Tag.Get("rid")
			if other, taken := routes[key]; taken {
				t.Errorf("%s and %s share %s", f.Name, other, key)
			}
			routes[key] = f.Name
		}
		if hasTenant := strings.HasPrefix(f.Path, "/{tenant}/"); hasTenant != readsTenant(f) {
			t.Errorf("%s: the path and the input disagree on the tenant", f.Name)
		}
	}
}

// readsTenant reports whether the input has a field for the tenant in the path.
func readsTenant(f op.Field) bool {
	in := reflect.TypeOf(f.Input()).Elem()
	for i := range in.NumField() {
		if in.Field(i).Tag.Get("path") == "tenant" {
			return true
		}
	}
	return false
}

func TestSecretIsNotPrinted(t *testing.T) {
	t.Parallel()
	in := core.SignUp{Email: "a@b.c", Password: "canary-4711"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if s := fmt.Sprintf(verb, in); strings.Contains(s, "canary") {
			t.Errorf("%s prints the password: %s", verb, s)
		}
	}
	b, err := json.Marshal(in)
	if err != nil || !strings.Contains(string(b), "canary-4711") {
		t.Errorf("the wire form lacks the password: %s, %v", b, err)
	}
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	fill := func(f op.Failer) error { return json.Unmarshal([]byte(`{"retryAfterMs":250}`), f) }
	var limit *core.LimitReached
	if err := core.Outcome("LIMIT_REACHED_ERROR", fill); !asLimit(err, &limit) || limit.RetryAfterMs != 250 {
		t.Errorf("got %v", err)
	}
	if err := core.Outcome("UNKNOWN_ROLE_ERROR", fill); err != core.UnknownRole {
		t.Errorf("got %v", err)
	}
}

func asLimit(err error, to **core.LimitReached) (ok bool) {
	*to, ok = err.(*core.LimitReached)
	return ok
}
