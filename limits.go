package postern

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/address"
)

// RateLimits are the limits on what a stranger may try. They are counted in
// the database of the core, for all instances together.
type RateLimits struct {
	// Disabled switches them off, for load tests or where something in front
	// limits already.
	Disabled bool
	// Scale multiplies every budget; default 1. Websites whose visitors share
	// few addresses may need more. At most 10,000.
	Scale int64
}

const maxScale = 10_000 // what the core takes: a million attempts

// Purpose is what an attempt is for. Each has its own budgets.
type Purpose string

// The purposes of attempts.
const (
	SignIn      Purpose = "signin"
	SignUp      Purpose = "signup"
	SendMail    Purpose = "mail"   // a mail to an address that a stranger named
	SpendToken  Purpose = "token"  // a mailed token or code
	AskIfExists Purpose = "exists" // whether an account exists
	StartSignIn Purpose = "start"  // a sign-in at another provider
	SendText    Purpose = "text"   // a message to a phone number that a stranger named
	SpendCode   Purpose = "code"   // a code that was sent to an address or a number
)

// allowance is a number of attempts, and how long until one comes back.
type allowance struct {
	burst  int64
	refill time.Duration
}

// budgets are the allowances of a purpose: for one account, for one address.
// Zero means no limit.
func (p Purpose) budgets() (account, address allowance) {
	switch p {
	case SignIn:
		return allowance{10, 30 * time.Second}, allowance{100, time.Second}
	case SignUp:
		return allowance{}, allowance{30, 10 * time.Second}
	case SendMail:
		return allowance{5, 5 * time.Minute}, allowance{30, time.Minute}
	case SendText: // each costs money
		return allowance{4, time.Hour}, allowance{20, 6 * time.Minute}
	case SpendCode: // six digits: ten guesses an hour are one in 10^5
		return allowance{5, 12 * time.Minute}, allowance{60, 2 * time.Second}
	case SpendToken:
		return allowance{10, time.Minute}, allowance{60, 2 * time.Second}
	default:
		return allowance{}, allowance{60, 2 * time.Second}
	}
}

// Attempt counts one attempt by the client of r at account, which may be
// empty, in a tenant. It fails with [core.LimitReached] when there were too
// many. The function it returns gives the account's attempt back; call it when
// the attempt was no guess.
func (a *App) Attempt(r *http.Request, purpose Purpose, tenantID, account string) (giveBack func(context.Context), err error) {
	nothing := func(context.Context) {}
	if a.limits.Disabled || a.Core.Limit.Take == nil {
		return nothing, nil
	}
	perAccount, perAddress := purpose.budgets()
	var take core.TakeLimits
	take.Budgets = append(take.Budgets, a.budget(perAddress, string(purpose)+" address "+a.network(r)))
	var own core.TakeLimits
	if account != "" && perAccount.burst > 0 {
		if proper, err := core.TenantID(tenantID); err == nil {
			tenantID = proper
		}
		key := string(purpose) + " account " + tenantID + " " + address.Key(account)
		own.Budgets = []core.Budget{a.budget(perAccount, key)}
		take.Budgets = append(take.Budgets, own.Budgets...)
	}
	if _, err := a.Core.Limit.Take(r.Context(), take); err != nil {
		return nothing, err
	}
	return func(ctx context.Context) {
		if len(own.Budgets) == 0 {
			return
		}
		if _, err := a.Core.Limit.GiveBack(ctx, own); err != nil {
			a.Log.WarnContext(ctx, "an attempt could not be given back", "err", err)
		}
	}, nil
}

func (a *App) budget(al allowance, key string) core.Budget {
	return core.Budget{Key: key, Burst: al.burst * max(1, a.limits.Scale), RefillMs: al.refill.Milliseconds()}
}

// ClientAddress returns the address of the client of r: who opened the
// connection or, if that is a trusted proxy, the last address in
// X-Forwarded-For that is not one.
func (a *App) ClientAddress(r *http.Request) netip.Addr {
	addr := parseAddr(r.RemoteAddr)
	if !a.trusted(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := parseAddr(strings.TrimSpace(hops[i]))
		if !hop.IsValid() {
			break
		}
		if addr = hop; !a.trusted(hop) {
			break
		}
	}
	return addr
}

// parseAddr reads an address as proxies write it: with a port or without, in
// brackets or not.
func parseAddr(s string) netip.Addr {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	addr, _ := netip.ParseAddr(strings.Trim(s, "[]"))
	return addr.Unmap().WithZone("")
}

func (a *App) trusted(addr netip.Addr) bool {
	for _, p := range a.proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// unknownNetwork is who comes by a way that says no address, such as a Unix
// socket: all of them share the budgets of one.
const unknownNetwork = "unknown"

// network is what one client can be expected to have: an IPv4 address, or the
// /64 that a provider gives to an IPv6 customer.
func (a *App) network(r *http.Request) string {
	addr := a.ClientAddress(r)
	if !addr.IsValid() {
		return unknownNetwork
	}
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits)
	return p.String()
}

func prefixes(list []string) (ps []netip.Prefix, err error) {
	for i, s := range list {
		p, perr := netip.ParsePrefix(s)
		if perr != nil {
			if addr, aerr := netip.ParseAddr(s); aerr == nil {
				p, perr = addr.Prefix(addr.BitLen())
			}
		}
		if perr != nil {
			err = errors.Join(err, fmt.Errorf("TrustedProxies[%d]: %q is not a network; write it like \"10.0.0.0/8\"", i, s))
		}
		ps = append(ps, p)
	}
	return ps, err
}
