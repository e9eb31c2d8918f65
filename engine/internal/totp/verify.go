package totp

import (
	"context"
	"slices"

	"github.com/pquerna/otp/hotp"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/token"
)

func (t *totp) verifyDevice(ctx context.Context, in core.VerifyTOTPDevice) (out core.VerifiedTOTPDevice, err error) {
	switch {
	case in.UserID == "":
		return out, core.Bad("userId cannot be empty")
	case in.DeviceName == "":
		return out, core.Bad("deviceName cannot be empty")
	}
	if t, err = t.forTenant(ctx, kernel.OrPublic(in.TenantID)); err != nil {
		return out, err
	}
	var outcome error // of a try, which is kept when it was wrong
	err = t.InTenant(ctx, kernel.OrPublic(in.TenantID), func(q db.Querier) error {
		if in.UserID, err = t.people.Exposed(ctx, q, in.UserID); err != nil {
			return err
		}
		devices, err := t.readDevices(ctx, q, in.UserID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(devices, func(d device) bool { return d.name == in.DeviceName })
		if i < 0 {
			return core.UnknownTOTPDevice
		}
		if out.WasAlreadyVerified = devices[i].verified; out.WasAlreadyVerified {
			return nil
		}
		if outcome, err = t.try(ctx, q, in.UserID, devices[i:i+1], in.TOTP); err != nil || outcome != nil {
			return err
		}
		_, err = q.Exec(ctx, `UPDATE totp_devices SET verified = TRUE WHERE app_id = $1 AND user_id = $2 AND name = $3`,
			t.ID, in.UserID, in.DeviceName)
		return err
	})
	return out, kernel.OrStatus(err, outcome)
}

func (t *totp) verify(ctx context.Context, in core.VerifyTOTP) (done core.Done, err error) {
	if in.UserID == "" {
		return done, core.Bad("userId cannot be empty")
	}
	if t, err = t.forTenant(ctx, kernel.OrPublic(in.TenantID)); err != nil {
		return done, err
	}
	var outcome error
	err = t.InTenant(ctx, kernel.OrPublic(in.TenantID), func(q db.Querier) error {
		if in.UserID, err = t.people.Exposed(ctx, q, in.UserID); err != nil {
			return err
		}
		devices, err := t.readDevices(ctx, q, in.UserID)
		if err != nil {
			return err
		}
		if len(devices) == 0 {
			return core.UnknownUserID
		}
		verified := slices.DeleteFunc(devices, func(d device) bool { return !d.verified })
		outcome, err = t.try(ctx, q, in.UserID, verified, in.TOTP)
		return err
	})
	return done, kernel.OrStatus(err, outcome)
}

// try spends a try and compares a code with those of some devices. The
// first statement takes the user's row, so that tries at the same time come
// one after the other. A wrong code is an outcome; the caller commits it.
func (t *totp) try(ctx context.Context, q db.Querier, userID string, devices []device, given core.Secret) (outcome, err error) {
	now := t.Ms()
	failures, err := t.spendTry(ctx, q, userID, now)
	if err != nil {
		return nil, err
	}
	code := kernel.WithoutSpaces(string(given))
	right := false
	for _, d := range devices {
		if !d.accepts(code, now) {
			continue
		}
		if right, err = t.useCode(ctx, q, d, code, now); err != nil || right {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if !right {
		return t.wrong(failures), nil
	}
	return nil, t.forgive(ctx, q, userID)
}

func (t *totp) wrong(failures int64) error {
	return &core.InvalidTOTP{CurrentNumberOfFailedAttempts: failures, MaxNumberOfFailedAttempts: int64(t.Values.TOTPMaxAttempts)}
}

// forgive forgets the wrong codes of a user who has given a right one.
func (t *totp) forgive(ctx context.Context, q db.Querier, userID string) error {
	_, err := q.Exec(ctx, `UPDATE totp_users SET failed_at = '', locked_until = 0 WHERE app_id = $1 AND user_id = $2`, t.ID, userID)
	return err
}

// spendTry counts a try as wrong until it turns out to be right, and
// returns how many were wrong in a row within the cooldown. The last one that
// is allowed locks the user out for as long.
func (t *totp) spendTry(ctx context.Context, q db.Querier, userID string, now int64) (failures int64, err error) {
	most, cooldown := int64(t.Values.TOTPMaxAttempts), t.Values.TOTPCooldown.Milliseconds()
	since := kernel.FixedTime(now - cooldown)
	var failedAt string
	found, err := q.One(ctx, `UPDATE totp_users SET
			failed_at = CAST($3 AS TEXT) || substr(failed_at, 1, CAST($4 AS INTEGER)),
			locked_until = CASE WHEN substr(CAST($3 AS TEXT) || failed_at, CAST($5 AS INTEGER), CAST($6 AS INTEGER)) > $7
				THEN CAST($8 AS BIGINT) ELSE 0 END
		WHERE app_id = $1 AND user_id = $2 AND locked_until <= $9 RETURNING failed_at`,
		db.Args{t.ID, userID, kernel.FixedTime(now), (most - 1) * kernel.TimeDigits, (most-1)*kernel.TimeDigits + 1, int64(kernel.TimeDigits), since, now + cooldown, now}, &failedAt)
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, t.locked(ctx, q, userID, now)
	}
	for at := range slices.Chunk([]byte(failedAt), kernel.TimeDigits) {
		if string(at) > since {
			failures++
		}
	}
	return failures, nil
}

// locked says for how long a user is locked out.
func (t *totp) locked(ctx context.Context, q db.Querier, userID string, now int64) error {
	var until int64
	found, err := q.One(ctx, `SELECT locked_until FROM totp_users WHERE app_id = $1 AND user_id = $2`, db.Args{t.ID, userID}, &until)
	if err != nil {
		return err
	}
	if !found { // the last device was removed just now
		return core.UnknownUserID
	}
	most := int64(t.Values.TOTPMaxAttempts)
	return &core.LimitReached{RetryAfterMs: max(1, until-now), CurrentNumberOfFailedAttempts: most, MaxNumberOfFailedAttempts: most}
}

// useCode marks a code as used, and reports whether it was not before.
func (t *totp) useCode(ctx context.Context, q db.Querier, d device, code string, now int64) (first bool, err error) {
	n, err := q.Exec(ctx, `INSERT INTO totp_used_codes (app_id, user_id, code, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (app_id, user_id, code) DO UPDATE SET expires_at = excluded.expires_at WHERE totp_used_codes.expires_at <= $5`,
		t.ID, d.userID, code, now+d.period*1000*(2*d.skew+1), now)
	return n > 0, err
}

// accepts reports whether a code is that of now, or of a step that is at most
// the skew away. It looks at all of them, whichever is right.
func (d device) accepts(code string, now int64) bool {
	right := false
	step := now / 1000 / d.period
	for i := step - d.skew; i <= step+d.skew; i++ {
		expected, err := d.codeAt(i)
		right = err == nil && i >= 0 && token.Same(expected, code) || right
	}
	return right
}

// codeAt returns the code of a step. It fails when the secret is not base32.
func (d device) codeAt(step int64) (string, error) {
	return hotp.GenerateCode(d.secret, uint64(step))
}
