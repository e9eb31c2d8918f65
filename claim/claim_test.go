package claim_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/posternauth/postern/claim"
)

var start = time.UnixMilli(1_000_000)

func fixed[T any](key string, v T) *claim.Claim[T] {
	return &claim.Claim[T]{Key: key, Fetch: func(context.Context, claim.Subject) (T, bool, error) { return v, true, nil }}
}

// TestReasons holds the wire form of every demand (FDI §3.13).
func TestReasons(t *testing.T) {
	t.Parallel()
	verified := fixed("st-ev", false)
	roles := fixed("st-role", []string{"admin", "staff"})
	nobody := &claim.Claim[string]{Key: "none", Fetch: func(context.Context, claim.Subject) (string, bool, error) { return "", false, nil }}
	for _, tt := range []struct {
		name string
		v    claim.Validator
		want string
	}{
		{"equal", claim.Equals(verified, false), `null`},
		{"not equal", claim.Equals(verified, true), `[{"id":"st-ev","reason":{"message":"wrong value","expectedValue":true,"actualValue":false}}]`},
		{"no value", claim.Equals(nobody, "x"), `[{"id":"none","reason":{"message":"value does not exist","expectedValue":"x"}}]`},
		{"includes", claim.Includes(roles, "admin"), `null`},
		{"does not include", claim.Includes(roles, "root", claim.ID("r")), `[{"id":"r","reason":{"message":"wrong value","expectedToInclude":"root","actualValue":["admin","staff"]}}]`},
		{"excludes", claim.Excludes(roles, "root"), `null`},
		{"does not exclude", claim.Excludes(roles, "admin"), `[{"id":"st-role","reason":{"message":"wrong value","expectedToNotInclude":"admin","actualValue":["admin","staff"]}}]`},
		{"all", claim.IncludesAll(roles, []string{"staff", "admin"}), `null`},
		{"not all", claim.IncludesAll(roles, []string{"staff", "root"}), `[{"id":"st-role","reason":{"message":"wrong value","expectedToInclude":["staff","root"],"actualValue":["admin","staff"]}}]`},
		{"any", claim.IncludesAny(roles, []string{"root", "admin"}), `null`},
		{"not any", claim.IncludesAny(roles, []string{"root"}), `[{"id":"st-role","reason":{"message":"wrong value","expectedToIncludeAtLeastOneOf":["root"],"actualValue":["admin","staff"]}}]`},
		{"none", claim.ExcludesAll(roles, []string{"root"}), `null`},
		{"not none", claim.ExcludesAll(roles, []string{"admin"}), `[{"id":"st-role","reason":{"message":"wrong value","expectedToNotInclude":["admin"],"actualValue":["admin","staff"]}}]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, bad, err := claim.Validate(t.Context(), claim.Subject{}, claim.Payload{}, start, []claim.Validator{tt.v})
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := json.Marshal(bad); string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestMaxAge(t *testing.T) {
	t.Parallel()
	fetched := 0
	c := &claim.Claim[int]{Key: "n", Fetch: func(context.Context, claim.Subject) (int, bool, error) { fetched++; return fetched, true, nil }}
	p := claim.Payload{}
	demand := []claim.Validator{claim.Equals(c, 1, claim.MaxAge(time.Minute))}
	for _, step := range []struct {
		after   time.Duration
		changed bool
		n       int
	}{{0, true, 1}, {time.Minute, false, 1}, {time.Minute + 1, true, 2}} {
		changed, _, err := claim.Validate(t.Context(), claim.Subject{}, p, start.Add(step.after), demand)
		if n, _, _ := c.Value(p); err != nil || changed != step.changed || n != step.n {
			t.Errorf("after %v: changed %v, value %d, %v", step.after, changed, n, err)
		}
	}
	if got := string(p["n"]); got != `{"v":2,"t":1060000}` {
		t.Errorf("stored as %s", got)
	}
}

func TestFetchFails(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	c := &claim.Claim[int]{Key: "n", Fetch: func(context.Context, claim.Subject) (int, bool, error) { return 0, false, down }}
	if _, _, err := claim.Validate(t.Context(), claim.Subject{}, claim.Payload{}, start, []claim.Validator{claim.Equals(c, 0)}); !errors.Is(err, down) {
		t.Errorf("err = %v", err)
	}
}
