package passwordless

import (
	"context"
	"errors"
	"sync"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/recipe/signin"
)

func (in ConsumeCodePost) check() error {
	switch {
	case in.PreAuthSessionID == "":
		return fdi.BadInput("Please provide preAuthSessionId")
	case in.LinkCode != "" && (in.DeviceID != "" || in.UserInputCode != ""), in.LinkCode == "" && in.DeviceID == "" && in.UserInputCode == "":
		return fdi.BadInput("Please provide one of (linkCode) or (deviceId+userInputCode) and not both")
	case in.LinkCode == "" && (in.DeviceID == "" || in.UserInputCode == ""):
		return fdi.BadInput("Please provide both deviceId and userInputCode")
	}
	return nil
}

// factor is what is completed by it.
func (in ConsumeCodePost) factor(isPhone bool) string {
	switch {
	case in.LinkCode != "" && isPhone:
		return signin.LinkPhone
	case in.LinkCode != "":
		return signin.LinkEmail
	case isPhone:
		return signin.OTPPhone
	}
	return signin.OTPEmail
}

func (in ConsumeCodePost) forCore(tenantID string) core.ConsumeCode {
	return core.ConsumeCode{
		TenantID: tenantID, PreAuthSessionID: in.PreAuthSessionID, LinkCode: in.LinkCode, DeviceID: in.DeviceID, UserInputCode: in.UserInputCode,
	}
}

// consumption is one request to sign in by a code or a link.
type consumption struct {
	*Recipe
	in      ConsumeCodePost
	attempt *signin.Attempt
	to      contact
	factor  string
	// right reports whether the code is right, without signing in. It is asked
	// once: each time is a try.
	right func() error
	asked bool
}

func (r *Recipe) consumeAPI(ctx context.Context, in ConsumeCodePost) (out fdi.SignedInUp, err error) {
	if err := in.check(); err != nil {
		return out, err
	}
	attempt, err := r.flow.Begin(ctx, in.Call, in.Linking, r.FirstFactors()...)
	if err != nil {
		return out, err
	}
	device, err := r.device(ctx, core.ListCodes{TenantID: attempt.TenantID, PreAuthSessionID: in.PreAuthSessionID})
	if err != nil {
		return out, err
	}
	to := contactOf(device)
	c := &consumption{Recipe: r, in: in, attempt: attempt, to: to, factor: in.factor(to.isPhone())}
	if err := attempt.Only(c.factor); err != nil {
		return out, err
	}
	giveBack, err := r.app.Attempt(in.Request, postern.SpendCode, attempt.TenantID, in.guessed(to))
	if err != nil {
		return out, err
	}
	c.right = sync.OnceValue(func() error {
		c.asked = true
		_, err := r.CheckCode(ctx, in.forCore(attempt.TenantID))
		return err
	})
	out, err = c.enter(ctx)
	if err == nil {
		giveBack(ctx)
	}
	return out, refusals().Explain(badAsRestart(err))
}

// badAsRestart: ids that do not belong together are a sign-in to begin anew.
func badAsRestart(err error) error {
	var bad *core.BadInput
	if errors.As(err, &bad) && bad.Message == "preAuthSessionId and deviceId doesn't match" {
		return core.RestartFlow
	}
	return err
}

func (c *consumption) enter(ctx context.Context) (out fdi.SignedInUp, err error) {
	found, err := c.attempt.Find(ctx, c.to.account(), func(context.Context, string) (bool, error) { return wasRight(c.right()) })
	if err != nil {
		return out, err
	}
	if err := c.proveSession(ctx); err != nil {
		return out, err
	}
	candidate := signin.Candidate{Account: c.to.account(), Verified: true, ProvesAddress: true}
	if found != nil {
		candidate.User, candidate.Verified = &found.User, signin.Proved(found.Method)
	}
	if err := c.attempt.Allow(ctx, candidate); err != nil {
		return out, err
	}
	if c.asked && c.right() != nil {
		return out, c.right() // it is known, and another try would be counted
	}
	return c.consume(ctx)
}

// wasRight tells wrong codes from cores that do not answer.
func wasRight(err error) (bool, error) {
	var wrong *core.WrongCode
	if errors.As(err, &wrong) || errors.Is(err, core.RestartFlow) {
		return false, nil
	}
	return err == nil, err
}

// proveSession lets a mailed code prove the address of whoever is signed in
// already and has the same.
func (c *consumption) proveSession(ctx context.Context) error {
	s := c.attempt.Session
	if s == nil || c.to.isPhone() {
		return nil
	}
	user, err := c.app.Core.User.ByID(ctx, core.UserByID{UserID: s.UserID()})
	if err != nil {
		return err
	}
	m, ok := user.User.LoginMethod(s.RecipeUserID())
	if !ok || m.Verified || !c.to.account().HasAddressOf(m) || c.right() != nil {
		return nil
	}
	return c.flow.Prove(ctx, c.attempt.TenantID, m.RecipeUserID, m.Email)
}

func (c *consumption) consume(ctx context.Context) (out fdi.SignedInUp, err error) {
	done, err := c.ConsumeCode(ctx, c.in.forCore(c.attempt.TenantID))
	if err != nil {
		return out, err
	}
	user, err := c.attempt.Link(ctx, done.User, done.RecipeUserID)
	if err != nil {
		return out, err
	}
	_, err = c.attempt.Finish(ctx, user, done.RecipeUserID, c.factor)
	return fdi.SignedInUp{SignedIn: fdi.SignedIn{User: user, RecipeUserID: done.RecipeUserID}, CreatedNewRecipeUser: done.CreatedNewUser}, err
}

// guessed is the account whose attempts are counted: none for a link, which
// nobody guesses, so that who guesses codes cannot shut out who has the mail.
func (in ConsumeCodePost) guessed(to contact) string {
	if in.LinkCode != "" {
		return ""
	}
	return to.key()
}
