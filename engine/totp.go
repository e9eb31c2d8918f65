package engine

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/person"
)

const (
	totpSecretSize = 20 // bytes
	// maxTOTPSkew and maxTOTPPeriod bound what a code costs to check.
	maxTOTPSkew   = 100
	maxTOTPPeriod = 24 * 60 * 60 // seconds
	// totpSecretName is what the secrets of devices are sealed as.
	totpSecretName = "totp secret"
	// recoveryCodes is how many a user gets, and recoveryDigits how long they
	// are: five bits each.
	recoveryCodes  = 10
	recoveryDigits = 10
)

func (a *app) totp() core.TOTP {
	return core.TOTP{
		CreateDevice: a.createTOTPDevice,
		ImportDevice: a.importTOTPDevice,
		RenameDevice: a.renameTOTPDevice,
		RemoveDevice: a.removeTOTPDevice,
		Devices:      a.totpDevices,
		VerifyDevice: a.verifyTOTPDevice,
		Verify:       a.verifyTOTP,

		CreateRecoveryCodes: a.createRecoveryCodes,
		UseRecoveryCode:     a.useRecoveryCode,
		CountRecoveryCodes:  a.countRecoveryCodes,
	}
}

// totpDevice is a row of totp_devices.
type totpDevice struct {
	userID, name string
	secret       string // base32
	period, skew int64  // seconds, steps
	verified     bool
}

func (d totpDevice) check() error {
	switch {
	case d.userID == "":
		return core.Bad("userId cannot be empty")
	case d.skew < 0:
		return core.Bad("skew must be >= 0")
	case d.skew > maxTOTPSkew:
		return core.Bad("skew must be <= %d", maxTOTPSkew)
	case d.period <= 0:
		return core.Bad("period must be > 0")
	case d.period > maxTOTPPeriod:
		return core.Bad("period must be <= %d", maxTOTPPeriod)
	}
	if err := kernel.Short("userId", d.userID); err != nil {
		return err
	}
	return kernel.Short("deviceName", d.name)
}

func (a *app) createTOTPDevice(ctx context.Context, in core.CreateTOTPDevice) (out core.CreatedTOTPDevice, err error) {
	d := totpDevice{userID: in.UserID, name: strings.TrimSpace(in.DeviceName), secret: newTOTPSecret(), period: in.Period, skew: in.Skew}
	if err := d.check(); err != nil {
		return out, err
	}
	out.Secret = core.Secret(d.secret)
	out.DeviceName, err = a.addTOTPDevice(ctx, d)
	return out, err
}

func newTOTPSecret() string {
	secret := make([]byte, totpSecretSize)
	rand.Read(secret)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

func (a *app) importTOTPDevice(ctx context.Context, in core.ImportTOTPDevice) (out core.ImportedTOTPDevice, err error) {
	d := totpDevice{
		userID: in.UserID, name: strings.TrimSpace(in.DeviceName), secret: strings.TrimSpace(string(in.SecretKey)),
		period: in.Period, skew: in.Skew, verified: true,
	}
	if err := d.check(); err != nil {
		return out, err
	}
	if d.secret == "" {
		return out, core.Bad("secretKey cannot be empty")
	}
	if _, err := d.codeAt(0); err != nil || len(d.secret) > kernel.MaxText {
		return out, core.Bad("secretKey is not base32, or longer than %d characters", kernel.MaxText)
	}
	out.DeviceName, err = a.addTOTPDevice(ctx, d)
	return out, err
}

// addTOTPDevice keeps a device and returns its name: one of its own when it
// has none. A device that was never verified makes way for another one.
func (a *app) addTOTPDevice(ctx context.Context, d totpDevice) (string, error) {
	given := d.name
	err := a.InApp(ctx, func(q db.Querier) (err error) {
		if d.userID, err = a.people.Exposed(ctx, q, d.userID); err != nil {
			return err
		}
		_, err = q.Exec(ctx, `INSERT INTO totp_users (app_id, user_id, failed_at, locked_until) VALUES ($1, $2, '', 0)
			ON CONFLICT (app_id, user_id) DO NOTHING`, a.ID, d.userID)
		if err != nil {
			return err
		}
		number, err := a.countVerified(ctx, q, d.userID)
		if err != nil {
			return err
		}
		for {
			if given == "" {
				d.name = fmt.Sprintf("TOTP Device %d", number)
				number++
			}
			added, err := a.insertTOTPDevice(ctx, q, d)
			switch {
			case err != nil || added:
				return err
			case given != "":
				return core.TOTPDeviceExists
			}
		}
	})
	return d.name, err
}

func (a *app) countVerified(ctx context.Context, q db.Querier, userID string) (n int64, err error) {
	_, err = q.One(ctx, `SELECT COUNT(*) FROM totp_devices WHERE app_id = $1 AND user_id = $2 AND verified`, db.Args{a.ID, userID}, &n)
	return n, err
}

func (a *app) insertTOTPDevice(ctx context.Context, q db.Querier, d totpDevice) (added bool, err error) {
	n, err := q.Exec(ctx, `INSERT INTO totp_devices (app_id, user_id, name, secret, period, skew, verified, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (app_id, user_id, name) DO UPDATE
		SET secret = excluded.secret, period = excluded.period, skew = excluded.skew, verified = excluded.verified,
			created_at = excluded.created_at
		WHERE NOT totp_devices.verified`,
		a.ID, d.userID, d.name, a.Seal(totpSecretName, []byte(d.secret)), d.period, d.skew, d.verified, a.Ms())
	return n > 0, err
}

func (a *app) renameTOTPDevice(ctx context.Context, in core.RenameTOTPDevice) (done core.Done, err error) {
	in.NewDeviceName = strings.TrimSpace(in.NewDeviceName)
	switch {
	case in.UserID == "":
		return done, core.Bad("userId cannot be empty")
	case in.ExistingDeviceName == "":
		return done, core.Bad("existingDeviceName cannot be empty")
	case in.NewDeviceName == "":
		return done, core.Bad("newDeviceName cannot be empty")
	}
	if err := kernel.Short("newDeviceName", in.NewDeviceName); err != nil {
		return done, err
	}
	n, err := a.DB.Writer.Exec(ctx, `UPDATE totp_devices SET name = $4 WHERE app_id = $1 AND user_id = `+person.ExposedID("$2")+` AND name = $3`,
		a.ID, in.UserID, in.ExistingDeviceName, in.NewDeviceName)
	if a.DB.Conflict(err) {
		return done, core.TOTPDeviceExists
	}
	if err == nil && n == 0 {
		err = kernel.OrStatus(a.CheckApp(ctx, a.DB.Reader), core.UnknownTOTPDevice)
	}
	return done, err
}

// removeTOTPDevice takes with the last device what only devices need.
func (a *app) removeTOTPDevice(ctx context.Context, in core.TOTPDeviceName) (out core.RemovedTOTPDevice, err error) {
	switch {
	case in.UserID == "":
		return out, core.Bad("userId cannot be empty")
	case in.DeviceName == "":
		return out, core.Bad("deviceName cannot be empty")
	}
	err = a.InApp(ctx, func(q db.Querier) (err error) {
		if in.UserID, err = a.people.Exposed(ctx, q, in.UserID); err != nil {
			return err
		}
		n, err := q.Exec(ctx, `DELETE FROM totp_devices WHERE app_id = $1 AND user_id = $2 AND name = $3`, a.ID, in.UserID, in.DeviceName)
		out.DidDeviceExist = n > 0
		if err != nil || n == 0 {
			return err
		}
		for _, table := range []string{`totp_users`, `totp_used_codes`, `totp_recovery_codes`} {
			_, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE app_id = $1 AND user_id = $2
				AND NOT EXISTS (SELECT 1 FROM totp_devices WHERE app_id = $1 AND user_id = $2)`, a.ID, in.UserID)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func (a *app) totpDevices(ctx context.Context, in core.TOTPUser) (out core.TOTPDevices, err error) {
	if in.UserID == "" {
		return out, core.Bad("userId cannot be empty")
	}
	if err := a.CheckApp(ctx, a.DB.Reader); err != nil {
		return out, err
	}
	if in.UserID, err = a.people.Exposed(ctx, a.DB.Reader, in.UserID); err != nil {
		return out, err
	}
	devices, err := a.readTOTPDevices(ctx, a.DB.Reader, in.UserID)
	out.Devices = make([]core.TOTPDevice, len(devices))
	for i, d := range devices {
		out.Devices[i] = core.TOTPDevice{Name: d.name, Period: d.period, Skew: d.skew, Verified: d.verified}
	}
	return out, err
}

// readTOTPDevices returns the devices of a user, the oldest first.
func (a *app) readTOTPDevices(ctx context.Context, q db.Querier, userID string) (devices []totpDevice, err error) {
	err = q.Each(ctx, `SELECT name, secret, period, skew, verified FROM totp_devices
		WHERE app_id = $1 AND user_id = $2 ORDER BY created_at, name`, db.Args{a.ID, userID}, func(scan db.Scan) error {
		d := totpDevice{userID: userID}
		var sealed string
		if err := scan(&d.name, &sealed, &d.period, &d.skew, &d.verified); err != nil {
			return err
		}
		secret, err := a.Unseal(totpSecretName, sealed)
		d.secret = string(secret)
		devices = append(devices, d)
		return err
	})
	return devices, err
}
