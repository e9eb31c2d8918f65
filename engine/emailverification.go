package engine

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/token"
)

const (
	codeDigits    = 8
	triesPerCode  = 5
	triesPerHour  = 10
	triesWindow   = 60 * 60 * 1000 // ms
	oldestTryFrom = (triesPerHour-1)*kernel.TimeDigits + 1
)

func (a *app) emailVerification() core.EmailVerification {
	return core.EmailVerification{
		CreateToken:  a.createVerificationToken,
		Verify:       a.verifyEmail,
		VerifyCode:   a.verifyEmailCode,
		IsVerified:   a.isVerified,
		Unverify:     a.unverify,
		RevokeTokens: a.revokeVerificationTokens,
	}
}

func (a *app) createVerificationToken(ctx context.Context, in core.CreateVerificationToken) (out core.VerificationToken, err error) {
	if in, err = checkVerification(in); err != nil {
		return out, err
	}
	key, err := a.Key(ctx, kernel.Codes)
	if err != nil {
		return out, err
	}
	if a, err = a.forTenant(ctx, in.TenantID); err != nil {
		return out, err
	}
	link, code := token.Link(), token.Digits(codeDigits)
	err = a.InTenant(ctx, in.TenantID, func(q db.Querier) error {
		if in.UserID, err = a.people.Exposed(ctx, q, in.UserID); err != nil {
			return err
		}
		if verified, err := a.people.HasVerified(ctx, q, in.UserID, in.Email); err != nil || verified {
			return kernel.OrStatus(err, core.EmailAlreadyVerified)
		}
		_, err := q.Exec(ctx, `INSERT INTO email_verification_tokens (app_id, token_hash, tenant_id, user_id, email, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6)`,
			a.ID, token.Hash(link), in.TenantID, in.UserID, in.Email, a.After(a.Values.VerificationTokenLifetime))
		if err != nil {
			return err
		}
		_, err = q.Exec(ctx, `INSERT INTO email_verification_codes (app_id, user_id, email, tenant_id, code_hash, tries, expires_at)
			VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT (app_id, user_id, email, tenant_id)
			DO UPDATE SET code_hash = excluded.code_hash, tries = 0, expires_at = excluded.expires_at`,
			a.ID, in.UserID, in.Email, in.TenantID, codeHash(key, in, code), a.After(a.Values.VerificationCodeLifetime))
		return err
	})
	if err != nil {
		return out, err
	}
	a.Tidy(ctx)
	return core.VerificationToken{Token: core.Secret(link), Code: core.Secret(code)}, nil
}

// checkVerification normalises the input.
func checkVerification(in core.CreateVerificationToken) (core.CreateVerificationToken, error) {
	in.TenantID = kernel.OrPublic(in.TenantID)
	if err := kernel.CheckUserID(in.UserID); err != nil {
		return in, err
	}
	var err error
	in.Email, err = kernel.Email(in.Email)
	return in, err
}

// codeHash is what is stored of a code: without the key of the app, all codes
// could be tried against it.
func codeHash(key []byte, whose core.CreateVerificationToken, code string) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%q %q %q %q", whose.TenantID, whose.UserID, whose.Email, code)
	return hex.EncodeToString(mac.Sum(nil))
}

func (a *app) verifyEmail(ctx context.Context, in core.VerifyEmail) (out core.ConsumedToken, err error) {
	if in.Method != "token" {
		return out, core.Bad("Unsupported method for email verification")
	}
	tenant := kernel.OrPublic(in.TenantID)
	err = a.InTenant(ctx, tenant, func(q db.Querier) error {
		found, err := q.One(ctx, `DELETE FROM email_verification_tokens
			WHERE app_id = $1 AND token_hash = $2 AND tenant_id = $3 AND expires_at > $4 RETURNING user_id, email`,
			db.Args{a.ID, token.Hash(string(in.Token)), tenant, a.Ms()}, &out.UserID, &out.Email)
		if err != nil || !found {
			return kernel.OrStatus(err, core.InvalidVerificationToken)
		}
		return a.proved(ctx, q, out)
	})
	return out, err
}

// proved notes that a user owns an address, and ends the other ways to prove
// it.
func (a *app) proved(ctx context.Context, q db.Querier, p core.ConsumedToken) error {
	for _, table := range []string{`email_verification_tokens`, `email_verification_codes`} {
		if _, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE app_id = $1 AND user_id = $2 AND email = $3`, a.ID, p.UserID, p.Email); err != nil {
			return err
		}
	}
	return a.people.SetVerified(ctx, q, p.UserID, p.Email)
}

func (a *app) verifyEmailCode(ctx context.Context, in core.VerifyEmailCode) (out core.ConsumedToken, err error) {
	whose, err := checkVerification(core.CreateVerificationToken{TenantID: in.TenantID, UserID: in.UserID, Email: in.Email})
	if err != nil {
		return out, err
	}
	key, err := a.Key(ctx, kernel.Codes)
	if err != nil {
		return out, err
	}
	right := false
	err = a.InTenant(ctx, whose.TenantID, func(q db.Querier) error {
		if whose.UserID, err = a.people.Exposed(ctx, q, whose.UserID); err != nil {
			return err
		}
		hash := codeHash(key, whose, kernel.WithoutSpaces(string(in.Code)))
		if right, err = a.tryCode(ctx, q, whose, hash); err != nil || !right {
			return err // a wrong try is kept
		}
		return a.proved(ctx, q, core.ConsumedToken{UserID: whose.UserID, Email: whose.Email})
	})
	if err != nil || !right {
		return out, kernel.OrStatus(err, core.InvalidVerificationToken)
	}
	return core.ConsumedToken{UserID: whose.UserID, Email: whose.Email}, nil
}

// tryCode spends a try of the user and one of the code, and compares. Both
// statements count and decide at once, so that tries at the same time are as
// many as tries after each other.
func (a *app) tryCode(ctx context.Context, q db.Querier, whose core.CreateVerificationToken, hash string) (right bool, err error) {
	now := a.Ms()
	n, err := q.Exec(ctx, `INSERT INTO code_tries (app_id, user_id, tried_at, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (app_id, user_id) DO UPDATE
		SET tried_at = excluded.tried_at || substr(code_tries.tried_at, 1, CAST($5 AS INTEGER)), expires_at = excluded.expires_at
		WHERE substr(code_tries.tried_at, CAST($6 AS INTEGER), CAST($7 AS INTEGER)) <= $8`,
		a.ID, whose.UserID, kernel.FixedTime(now), now+triesWindow, int64((triesPerHour-1)*kernel.TimeDigits),
		int64(oldestTryFrom), int64(kernel.TimeDigits), kernel.FixedTime(now-triesWindow))
	if err != nil || n == 0 {
		return false, err
	}
	var stored string
	found, err := q.One(ctx, `UPDATE email_verification_codes SET tries = tries + 1
		WHERE app_id = $1 AND user_id = $2 AND email = $3 AND tenant_id = $4 AND tries < $5 AND expires_at > $6 RETURNING code_hash`,
		db.Args{a.ID, whose.UserID, whose.Email, whose.TenantID, int64(triesPerCode), now}, &stored)
	return found && token.Same(stored, hash), err
}

func (a *app) isVerified(ctx context.Context, in core.UserEmail) (out core.Verified, err error) {
	address, err := kernel.Email(in.Email)
	if err != nil {
		return out, err
	}
	if out.IsVerified, err = a.people.HasVerified(ctx, a.DB.Reader, in.UserID, address); err == nil && !out.IsVerified {
		err = a.CheckApp(ctx, a.DB.Reader)
	}
	return out, err
}

func (a *app) unverify(ctx context.Context, in core.UserEmail) (done core.Done, err error) {
	address, err := kernel.Email(in.Email)
	if err != nil {
		return done, err
	}
	n, err := a.people.Unverify(ctx, in.UserID, address)
	if err == nil && n == 0 {
		err = a.CheckApp(ctx, a.DB.Reader)
	}
	return done, err
}

func (a *app) revokeVerificationTokens(ctx context.Context, in core.CreateVerificationToken) (done core.Done, err error) {
	if in, err = checkVerification(in); err != nil {
		return done, err
	}
	err = a.InTenant(ctx, in.TenantID, func(q db.Querier) error {
		if in.UserID, err = a.people.Exposed(ctx, q, in.UserID); err != nil {
			return err
		}
		for _, table := range []string{`email_verification_tokens`, `email_verification_codes`} {
			_, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE app_id = $1 AND tenant_id = $2 AND user_id = $3 AND email = $4`,
				a.ID, in.TenantID, in.UserID, in.Email)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

// drop makes what was mailed to prove an address worth nothing.
func (a *app) drop(ctx context.Context, q db.Querier, ids []string) error {
	return a.people.Delete(ctx, q, ids, `email_verification_tokens`, `email_verification_codes`)
}

// move gives pending tokens to another id. Codes are void: they were mailed for
// the old one.
func (a *app) move(ctx context.Context, q db.Querier, from, to string) error {
	if _, err := q.Exec(ctx, `UPDATE email_verification_tokens SET user_id = $3 WHERE app_id = $1 AND user_id = $2`, a.ID, from, to); err != nil {
		return err
	}
	_, err := q.Exec(ctx, `DELETE FROM email_verification_codes WHERE app_id = $1 AND user_id = $2`, a.ID, from)
	return err
}
