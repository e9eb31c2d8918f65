package totp

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

func (t *totp) createRecoveryCodes(ctx context.Context, in core.TOTPUser) (out core.RecoveryCodes, err error) {
	if in.UserID == "" {
		return out, core.Bad("userId cannot be empty")
	}
	key, err := t.Key(ctx, kernel.Codes)
	if err != nil {
		return out, err
	}
	for range recoveryCodes {
		out.Codes = append(out.Codes, newRecoveryCode())
	}
	err = t.InApp(ctx, func(q db.Querier) error {
		if in.UserID, err = t.people.Exposed(ctx, q, in.UserID); err != nil {
			return err
		}
		// The row of a user with devices is what two at once wait for.
		n, err := q.Exec(ctx, `UPDATE totp_users SET failed_at = failed_at WHERE app_id = $1 AND user_id = $2`, t.ID, in.UserID)
		if err != nil {
			return err
		}
		if n == 0 {
			return core.UnknownUserID
		}
		if _, err := q.Exec(ctx, `DELETE FROM totp_recovery_codes WHERE app_id = $1 AND user_id = $2`, t.ID, in.UserID); err != nil {
			return err
		}
		for _, code := range out.Codes {
			_, err := q.Exec(ctx, `INSERT INTO totp_recovery_codes (app_id, user_id, code_hash) VALUES ($1, $2, $3)`,
				t.ID, in.UserID, recoveryHash(key, in.UserID, code))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// newRecoveryCode is 50 random bits as "abcde-f2345".
func newRecoveryCode() core.Secret {
	text := strings.ToLower(rand.Text())
	return core.Secret(text[:recoveryDigits/2] + "-" + text[recoveryDigits/2:recoveryDigits])
}

// recoveryHash is what is stored of a code: without the key of the app, all
// codes cannot just be tried.
func recoveryHash(key []byte, userID string, code core.Secret) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return unicode.ToLower(r)
	}, string(code))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("recovery " + userID + " " + plain))
	return hex.EncodeToString(mac.Sum(nil))
}

func (t *totp) useRecoveryCode(ctx context.Context, in core.UseRecoveryCode) (out core.RecoveryCodesLeft, err error) {
	if in.UserID == "" {
		return out, core.Bad("userId cannot be empty")
	}
	key, err := t.Key(ctx, kernel.Codes)
	if err != nil {
		return out, err
	}
	var outcome error // of a try, which is kept when it was wrong
	err = t.InTenant(ctx, kernel.OrPublic(in.TenantID), func(q db.Querier) error {
		if in.UserID, err = t.people.Exposed(ctx, q, in.UserID); err != nil {
			return err
		}
		failures, err := t.spendTry(ctx, q, in.UserID, t.Ms())
		if err != nil {
			return err
		}
		n, err := q.Exec(ctx, `DELETE FROM totp_recovery_codes WHERE app_id = $1 AND user_id = $2 AND code_hash = $3`,
			t.ID, in.UserID, recoveryHash(key, in.UserID, in.Code))
		switch {
		case err != nil:
			return err
		case n == 0:
			outcome = t.wrong(failures)
			return nil
		}
		outcome = nil
		if err := t.forgive(ctx, q, in.UserID); err != nil {
			return err
		}
		out.Left, err = t.recoveryCodesLeft(ctx, q, in.UserID)
		return err
	})
	return out, kernel.OrStatus(err, outcome)
}

func (t *totp) countRecoveryCodes(ctx context.Context, in core.TOTPUser) (out core.RecoveryCodesLeft, err error) {
	err = t.InApp(ctx, func(q db.Querier) error {
		if in.UserID, err = t.people.Exposed(ctx, q, in.UserID); err != nil {
			return err
		}
		out.Left, err = t.recoveryCodesLeft(ctx, q, in.UserID)
		return err
	})
	return out, err
}

func (t *totp) recoveryCodesLeft(ctx context.Context, q db.Querier, userID string) (n int64, err error) {
	_, err = q.One(ctx, `SELECT COUNT(*) FROM totp_recovery_codes WHERE app_id = $1 AND user_id = $2`, db.Args{t.ID, userID}, &n)
	return n, err
}
