package engine

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/token"
)

const (
	codeDigits    = 8
	triesPerCode  = 5
	triesPerHour  = 10
	triesWindow   = 60 * 60 * 1000 // ms
	oldestTryFrom = (triesPerHour-1)*timeDigits + 1
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
	secrets, err := a.secrets(ctx)
	if err != nil {
		return out, err
	}
	if a, err = a.forTenant(ctx, in.TenantID); err != nil {
		return out, err
	}
	link, code := token.Link(), token.Digits(codeDigits)
	err = a.inTenant(ctx, in.TenantID, func(q db.Querier) error {
		if in.UserID, err = a.exposed(ctx, q, in.UserID); err != nil {
			return err
		}
		if verified, err := a.hasVerified(ctx, q, in.UserID, in.Email); err != nil || verified {
			return orStatus(err, core.EmailAlreadyVerified)
		}
		_, err := q.Exec(ctx, `INSERT INTO email_verification_tokens (app_id, token_hash, tenant_id, user_id, email, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6)`,
			a.id, token.Hash(link), in.TenantID, in.UserID, in.Email, a.after(a.cfg.VerificationTokenLifetime))
		if err != nil {
			return err
		}
		_, err = q.Exec(ctx, `INSERT INTO email_verification_codes (app_id, user_id, email, tenant_id, code_hash, tries, expires_at)
			VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT (app_id, user_id, email, tenant_id)
			DO UPDATE SET code_hash = excluded.code_hash, tries = 0, expires_at = excluded.expires_at`,
			a.id, in.UserID, in.Email, in.TenantID, codeHash(secrets.code, in, code), a.after(a.cfg.VerificationCodeLifetime))
		return err
	})
	if err != nil {
		return out, err
	}
	a.tidy(ctx)
	return core.VerificationToken{Token: core.Secret(link), Code: core.Secret(code)}, nil
}

// checkVerification normalises the input.
func checkVerification(in core.CreateVerificationToken) (core.CreateVerificationToken, error) {
	in.TenantID = orPublic(in.TenantID)
	if err := userID(in.UserID); err != nil {
		return in, err
	}
	var err error
	in.Email, err = email(in.Email)
	return in, err
}

// orStatus returns err, or the outcome when there is none.
func orStatus(err, outcome error) error {
	if err != nil {
		return err
	}
	return outcome
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
	tenant := orPublic(in.TenantID)
	err = a.inTenant(ctx, tenant, func(q db.Querier) error {
		found, err := q.One(ctx, `DELETE FROM email_verification_tokens
			WHERE app_id = $1 AND token_hash = $2 AND tenant_id = $3 AND expires_at > $4 RETURNING user_id, email`,
			db.Args{a.id, token.Hash(string(in.Token)), tenant, a.ms()}, &out.UserID, &out.Email)
		if err != nil || !found {
			return orStatus(err, core.InvalidVerificationToken)
		}
		return a.proved(ctx, q, out)
	})
	return out, err
}

// proved notes that a user owns an address, and ends the other ways to prove
// it.
func (a *app) proved(ctx context.Context, q db.Querier, p core.ConsumedToken) error {
	for _, table := range []string{`email_verification_tokens`, `email_verification_codes`} {
		if _, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE app_id = $1 AND user_id = $2 AND email = $3`, a.id, p.UserID, p.Email); err != nil {
			return err
		}
	}
	return a.setVerified(ctx, q, p.UserID, p.Email)
}

func (a *app) verifyEmailCode(ctx context.Context, in core.VerifyEmailCode) (out core.ConsumedToken, err error) {
	whose, err := checkVerification(core.CreateVerificationToken{TenantID: in.TenantID, UserID: in.UserID, Email: in.Email})
	if err != nil {
		return out, err
	}
	secrets, err := a.secrets(ctx)
	if err != nil {
		return out, err
	}
	right := false
	err = a.inTenant(ctx, whose.TenantID, func(q db.Querier) error {
		if whose.UserID, err = a.exposed(ctx, q, whose.UserID); err != nil {
			return err
		}
		hash := codeHash(secrets.code, whose, withoutSpaces(string(in.Code)))
		if right, err = a.tryCode(ctx, q, whose, hash); err != nil || !right {
			return err // a wrong try is kept
		}
		return a.proved(ctx, q, core.ConsumedToken{UserID: whose.UserID, Email: whose.Email})
	})
	if err != nil || !right {
		return out, orStatus(err, core.InvalidVerificationToken)
	}
	return core.ConsumedToken{UserID: whose.UserID, Email: whose.Email}, nil
}

// tryCode spends a try of the user and one of the code, and compares. Both
// statements count and decide at once, so that tries at the same time are as
// many as tries after each other.
func (a *app) tryCode(ctx context.Context, q db.Querier, whose core.CreateVerificationToken, hash string) (right bool, err error) {
	now := a.ms()
	n, err := q.Exec(ctx, `INSERT INTO code_tries (app_id, user_id, tried_at, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (app_id, user_id) DO UPDATE
		SET tried_at = excluded.tried_at || substr(code_tries.tried_at, 1, CAST($5 AS INTEGER)), expires_at = excluded.expires_at
		WHERE substr(code_tries.tried_at, CAST($6 AS INTEGER), CAST($7 AS INTEGER)) <= $8`,
		a.id, whose.UserID, fixedTime(now), now+triesWindow, int64((triesPerHour-1)*timeDigits),
		int64(oldestTryFrom), int64(timeDigits), fixedTime(now-triesWindow))
	if err != nil || n == 0 {
		return false, err
	}
	var stored string
	found, err := q.One(ctx, `UPDATE email_verification_codes SET tries = tries + 1
		WHERE app_id = $1 AND user_id = $2 AND email = $3 AND tenant_id = $4 AND tries < $5 AND expires_at > $6 RETURNING code_hash`,
		db.Args{a.id, whose.UserID, whose.Email, whose.TenantID, int64(triesPerCode), now}, &stored)
	return found && token.Same(stored, hash), err
}

func withoutSpaces(code string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, code)
}

func (a *app) isVerified(ctx context.Context, in core.UserEmail) (out core.Verified, err error) {
	address, err := email(in.Email)
	if err != nil {
		return out, err
	}
	if out.IsVerified, err = a.hasVerified(ctx, a.db.Reader, in.UserID, address); err == nil && !out.IsVerified {
		err = a.checkApp(ctx, a.db.Reader)
	}
	return out, err
}

func (a *app) unverify(ctx context.Context, in core.UserEmail) (done core.Done, err error) {
	address, err := email(in.Email)
	if err != nil {
		return done, err
	}
	n, err := a.db.Writer.Exec(ctx, `DELETE FROM verified_emails WHERE app_id = $1 AND user_id = `+exposedID("$2")+` AND email = $3`,
		a.id, in.UserID, address)
	if err == nil && n == 0 {
		err = a.checkApp(ctx, a.db.Reader)
	}
	return done, err
}

func (a *app) revokeVerificationTokens(ctx context.Context, in core.CreateVerificationToken) (done core.Done, err error) {
	if in, err = checkVerification(in); err != nil {
		return done, err
	}
	err = a.inTenant(ctx, in.TenantID, func(q db.Querier) error {
		if in.UserID, err = a.exposed(ctx, q, in.UserID); err != nil {
			return err
		}
		for _, table := range []string{`email_verification_tokens`, `email_verification_codes`} {
			_, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE app_id = $1 AND tenant_id = $2 AND user_id = $3 AND email = $4`,
				a.id, in.TenantID, in.UserID, in.Email)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

func (a *app) hasVerified(ctx context.Context, q db.Querier, id, address string) (bool, error) {
	var found string
	return q.One(ctx, `SELECT email FROM verified_emails WHERE app_id = $1 AND user_id = `+exposedID("$2")+` AND email = $3`,
		db.Args{a.id, id, address}, &found)
}

func (a *app) setVerified(ctx context.Context, q db.Querier, id, address string) error {
	_, err := q.Exec(ctx, `INSERT INTO verified_emails (app_id, user_id, email) VALUES ($1, `+exposedID("$2")+`, $3)
		ON CONFLICT (app_id, user_id, email) DO NOTHING`, a.id, id, address)
	return err
}
