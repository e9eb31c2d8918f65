package bench_test

import (
	"context"
	"testing"

	"github.com/posternauth/postern/core"
)

// verified is an operation that does nothing.
//
//go:noinline
func verified(_ context.Context, in core.VerifySession) (core.VerifiedSession, error) {
	return core.VerifiedSession{Session: core.SessionInfo{Handle: string(in.AccessToken)}}, nil
}

// BenchmarkDispatch calls an operation through the contract, a struct field
// that is a function, beside the function itself.
func BenchmarkDispatch(b *testing.B) {
	c, ctx, in := &core.Core{Session: core.Session{Verify: verified}}, b.Context(), core.VerifySession{AccessToken: "token"}
	beside(b, times(func() {
		if _, err := c.Session.Verify(ctx, in); err != nil {
			b.Fatal(err)
		}
	}), times(func() {
		if _, err := verified(ctx, in); err != nil {
			b.Fatal(err)
		}
	})).cost(b)
}
