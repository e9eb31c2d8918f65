package emailverification

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/engine/internal/token"
	"github.com/posternauth/postern/internal/address"
)

const (
	codeDigits    = 8
	triesPerCode  = 5
	triesPerHour  = 10
	triesWindow   = 60 * 60 * 1000 // ms
	oldestTryFrom = (triesPerHour-1)*kernel.TimeDigits + 1
)

// verification proves addresses in an app.
type verification struct {
	*kernel.App
	people *person.People
}

// New returns the operations on tokens and codes that prove an address (CDI
// §2.4).
func New(a *kernel.App, people *person.People) core.EmailVerification {
	v := &verification{a, people}
	people.On(person.EmailChanged, v.drop)
	people.On(person.PasswordReset, v.drop)
	people.OnMapped(v.move)
	return core.EmailVerification{
		CreateToken:  v.create,
		Verify:       v.verify,
		VerifyCode:   v.verifyCode,
		IsVerified:   v.isVerified,
		Unverify:     v.unverify,
		RevokeTokens: v.revoke,
	}
}

// Tables are those of this package.
func Tables() []kernel.Table {
	return []kernel.Table{
		{
			Name: `email_verification_tokens`, Tenant: true, User: kernel.Method, Ended: `expires_at <= $2`, Key: `token_hash`,
			Recipe: "EmailVerification", Moves: true,
		},
		{
			Name: `email_verification_codes`, Tenant: true, User: kernel.Method, Ended: `expires_at <= $2`, Key: `user_id, email, tenant_id`,
			Recipe: "EmailVerification", Moves: true,
		},
		{Name: `code_tries`, User: kernel.Method, Ended: `expires_at <= $2`, Key: `user_id`},
	}
}

// forTenant is [kernel.App.ForTenant].
func (v *verification) forTenant(ctx context.Context, tenant string) (*verification, error) {
	a, err := v.ForTenant(ctx, tenant)
	return &verification{a, v.people}, err
}

func (v *verification) create(ctx context.Context, in core.CreateVerificationToken) (out core.VerificationToken, err error) {
	if in, err = check(in); err != nil {
		return out, err
	}
	key, err := v.Key(ctx, kernel.Codes)
	if err != nil {
		return out, err
	}
	if v, err = v.forTenant(ctx, in.TenantID); err != nil {
		return out, err
	}
	link, code := token.Link(), token.Digits(codeDigits)
	err = v.InTenant(ctx, in.TenantID, func(q db.Querier) error {
		if in.UserID, err = v.people.Exposed(ctx, q, in.UserID); err != nil {
			return err
		}
		if verified, err := v.people.HasVerified(ctx, q, in.UserID, in.Email); err != nil || verified {
			return kernel.OrStatus(err, core.EmailAlreadyVerified)
		}
		_, err := q.Exec(ctx, `INSERT INTO email_verification_tokens (app_id, token_hash, tenant_id, user_id, email, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6)`,
			v.ID, token.Hash(link), in.TenantID, in.UserID, in.Email, v.After(v.Values.VerificationTokenLifetime))
		if err != nil {
			return err
		}
		_, err = q.Exec(ctx, `INSERT INTO email_verification_codes (app_id, user_id, email, tenant_id, code_hash, tries, expires_at)
			VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT (app_id, user_id, email, tenant_id)
			DO UPDATE SET code_hash = excluded.code_hash, tries = 0, expires_at = excluded.expires_at`,
			v.ID, in.UserID, in.Email, in.TenantID, codeHash(key, in, code), v.After(v.Values.VerificationCodeLifetime))
		return err
	})
	if err != nil {
		return out, err
	}
	v.Tidy(ctx)
	return core.VerificationToken{Token: core.Secret(link), Code: core.Secret(code)}, nil
}

// check normalises the input.
func check(in core.CreateVerificationToken) (core.CreateVerificationToken, error) {
	in.TenantID = kernel.OrPublic(in.TenantID)
	if err := kernel.CheckUserID(in.UserID); err != nil {
		return in, err
	}
	var err error
	in.Email, err = address.Normal(in.Email)
	return in, err
}

// codeHash is what is stored of a code: without the key of the app, all codes
// could be tried against it.
func codeHash(key []byte, whose core.CreateVerificationToken, code string) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%q %q %q %q", whose.TenantID, whose.UserID, whose.Email, code)
	return hex.EncodeToString(mac.Sum(nil))
}

func (v *verification) verify(ctx context.Context, in core.VerifyEmail) (out core.ConsumedToken, err error) {
	if in.Method != "token" {
		return out, core.Bad("Unsupported method for email verification")
	}
	tenant := kernel.OrPublic(in.TenantID)
	err = v.InTenant(ctx, tenant, func(q db.Querier) error {
		found, err := q.One(ctx, `DELETE FROM email_verification_tokens
			WHERE app_id = $1 AND token_hash = $2 AND tenant_id = $3 AND expires_at > $4 RETURNING user_id, email`,
			db.Args{v.ID, token.Hash(string(in.Token)), tenant, v.Ms()}, &out.UserID, &out.Email)
		if err != nil || !found {
			return kernel.OrStatus(err, core.InvalidVerificationToken)
		}
		return v.proved(ctx, q, out)
	})
	return out, err
}

// proved notes that a user owns an address, and ends the other ways to prove
// it.
func (v *verification) proved(ctx context.Context, q db.Querier, p core.ConsumedToken) error {
	for _, table := range []string{`email_verification_tokens`, `email_verification_codes`} {
		if _, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE app_id = $1 AND user_id = $2 AND email = $3`, v.ID, p.UserID, p.Email); err != nil {
			return err
		}
	}
	return v.people.SetVerified(ctx, q, p.UserID, p.Email)
}

func (v *verification) verifyCode(ctx context.Context, in core.VerifyEmailCode) (out core.ConsumedToken, err error) {
	whose, err := check(core.CreateVerificationToken{TenantID: in.TenantID, UserID: in.UserID, Email: in.Email})
	if err != nil {
		return out, err
	}
	key, err := v.Key(ctx, kernel.Codes)
	if err != nil {
		return out, err
	}
	right := false
	err = v.InTenant(ctx, whose.TenantID, func(q db.Querier) error {
		if whose.UserID, err = v.people.Exposed(ctx, q, whose.UserID); err != nil {
			return err
		}
		hash := codeHash(key, whose, kernel.WithoutSpaces(string(in.Code)))
		if right, err = v.tryCode(ctx, q, whose, hash); err != nil || !right {
			return err // a wrong try is kept
		}
		return v.proved(ctx, q, core.ConsumedToken{UserID: whose.UserID, Email: whose.Email})
	})
	if err != nil || !right {
		return out, kernel.OrStatus(err, core.InvalidVerificationToken)
	}
	return core.ConsumedToken{UserID: whose.UserID, Email: whose.Email}, nil
}

// tryCode spends a try of the user and one of the code, and compares. Both
// statements count and decide at once, so that tries at the same time are as
// many as tries after each other.
func (v *verification) tryCode(ctx context.Context, q db.Querier, whose core.CreateVerificationToken, hash string) (right bool, err error) {
	now := v.Ms()
	n, err := q.Exec(ctx, `INSERT INTO code_tries (app_id, user_id, tried_at, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (app_id, user_id) DO UPDATE
		SET tried_at = excluded.tried_at || substr(code_tries.tried_at, 1, CAST($5 AS INTEGER)), expires_at = excluded.expires_at
		WHERE substr(code_tries.tried_at, CAST($6 AS INTEGER), CAST($7 AS INTEGER)) <= $8`,
		v.ID, whose.UserID, kernel.FixedTime(now), now+triesWindow, int64((triesPerHour-1)*kernel.TimeDigits),
		int64(oldestTryFrom), int64(kernel.TimeDigits), kernel.FixedTime(now-triesWindow))
	if err != nil || n == 0 {
		return false, err
	}
	var stored string
	found, err := q.One(ctx, `UPDATE email_verification_codes SET tries = tries + 1
		WHERE app_id = $1 AND user_id = $2 AND email = $3 AND tenant_id = $4 AND tries < $5 AND expires_at > $6 RETURNING code_hash`,
		db.Args{v.ID, whose.UserID, whose.Email, whose.TenantID, int64(triesPerCode), now}, &stored)
	return found && token.Same(stored, hash), err
}

func (v *verification) isVerified(ctx context.Context, in core.UserEmail) (out core.Verified, err error) {
	email, err := address.Normal(in.Email)
	if err != nil {
		return out, err
	}
	if out.IsVerified, err = v.people.HasVerified(ctx, v.DB.Reader, in.UserID, email); err == nil && !out.IsVerified {
		err = v.CheckApp(ctx, v.DB.Reader)
	}
	return out, err
}

func (v *verification) unverify(ctx context.Context, in core.UserEmail) (done core.Done, err error) {
	email, err := address.Normal(in.Email)
	if err != nil {
		return done, err
	}
	n, err := v.people.Unverify(ctx, in.UserID, email)
	if err == nil && n == 0 {
		err = v.CheckApp(ctx, v.DB.Reader)
	}
	return done, err
}

func (v *verification) revoke(ctx context.Context, in core.CreateVerificationToken) (done core.Done, err error) {
	if in, err = check(in); err != nil {
		return done, err
	}
	err = v.InTenant(ctx, in.TenantID, func(q db.Querier) error {
		if in.UserID, err = v.people.Exposed(ctx, q, in.UserID); err != nil {
			return err
		}
		for _, table := range []string{`email_verification_tokens`, `email_verification_codes`} {
			_, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE app_id = $1 AND tenant_id = $2 AND user_id = $3 AND email = $4`,
				v.ID, in.TenantID, in.UserID, in.Email)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

// drop makes what was mailed to prove an address worth nothing.
func (v *verification) drop(ctx context.Context, q db.Querier, ids []string) error {
	return v.people.Delete(ctx, q, ids, `email_verification_tokens`, `email_verification_codes`)
}

// move gives pending tokens to another id. Codes are void: they were mailed for
// the old one.
func (v *verification) move(ctx context.Context, q db.Querier, from, to string) error {
	if _, err := q.Exec(ctx, `UPDATE email_verification_tokens SET user_id = $3 WHERE app_id = $1 AND user_id = $2`, v.ID, from, to); err != nil {
		return err
	}
	_, err := q.Exec(ctx, `DELETE FROM email_verification_codes WHERE app_id = $1 AND user_id = $2`, v.ID, from)
	return err
}
