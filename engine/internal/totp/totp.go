package totp

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
	secretSize = 20 // bytes
	// maxSkew and maxPeriod bound what a code costs to check.
	maxSkew   = 100
	maxPeriod = 24 * 60 * 60 // seconds
	// secretName is what the secrets of devices are sealed as.
	secretName = "totp secret"
	// recoveryCodes is how many a user gets, and recoveryDigits how long they
	// are: five bits each.
	recoveryCodes  = 10
	recoveryDigits = 10
)

// totp holds the authenticator apps of the users of an app.
type totp struct {
	*kernel.App
	people *person.People
}

// New returns the operations on one-time codes from authenticator apps (CDI
// §2.12) and on recovery codes.
func New(a *kernel.App, people *person.People) core.TOTP {
	t := &totp{a, people}
	return core.TOTP{
		CreateDevice: t.createDevice,
		ImportDevice: t.importDevice,
		RenameDevice: t.renameDevice,
		RemoveDevice: t.removeDevice,
		Devices:      t.devices,
		StatusOfMany: t.statusOfMany,
		VerifyDevice: t.verifyDevice,
		Verify:       t.verify,

		CreateRecoveryCodes: t.createRecoveryCodes,
		UseRecoveryCode:     t.useRecoveryCode,
		CountRecoveryCodes:  t.countRecoveryCodes,
	}
}

// Tables are those of this package.
func Tables() []kernel.Table {
	return []kernel.Table{
		{Name: `totp_users`, User: kernel.Person},
		{Name: `totp_devices`, User: kernel.Person, Recipe: "TOTP"},
		{Name: `totp_used_codes`, User: kernel.Person, Ended: `expires_at <= $2`, Key: `user_id, code`},
		{Name: `totp_recovery_codes`, User: kernel.Person},
	}
}

// forTenant is [kernel.App.ForTenant].
func (t *totp) forTenant(ctx context.Context, tenant string) (*totp, error) {
	a, err := t.ForTenant(ctx, tenant)
	return &totp{a, t.people}, err
}

// device is a row of totp_devices.
type device struct {
	userID, name string
	secret       string // base32
	period, skew int64  // seconds, steps
	verified     bool
}

func (d device) check() error {
	switch {
	case d.userID == "":
		return core.Bad("userId cannot be empty")
	case d.skew < 0:
		return core.Bad("skew must be >= 0")
	case d.skew > maxSkew:
		return core.Bad("skew must be <= %d", maxSkew)
	case d.period <= 0:
		return core.Bad("period must be > 0")
	case d.period > maxPeriod:
		return core.Bad("period must be <= %d", maxPeriod)
	}
	if err := kernel.Short("userId", d.userID); err != nil {
		return err
	}
	return kernel.Short("deviceName", d.name)
}

func (t *totp) createDevice(ctx context.Context, in core.CreateTOTPDevice) (out core.CreatedTOTPDevice, err error) {
	d := device{userID: in.UserID, name: strings.TrimSpace(in.DeviceName), secret: newSecret(), period: in.Period, skew: in.Skew}
	if err := d.check(); err != nil {
		return out, err
	}
	out.Secret = core.Secret(d.secret)
	out.DeviceName, err = t.addDevice(ctx, d)
	return out, err
}

func newSecret() string {
	secret := make([]byte, secretSize)
	rand.Read(secret)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

func (t *totp) importDevice(ctx context.Context, in core.ImportTOTPDevice) (out core.ImportedTOTPDevice, err error) {
	d := device{
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
	out.DeviceName, err = t.addDevice(ctx, d)
	return out, err
}

// addDevice keeps a device and returns its name: one of its own when it
// has none. A device that was never verified makes way for another one.
func (t *totp) addDevice(ctx context.Context, d device) (string, error) {
	given := d.name
	err := t.InApp(ctx, func(q db.Querier) (err error) {
		if d.userID, err = t.people.Exposed(ctx, q, d.userID); err != nil {
			return err
		}
		_, err = q.Exec(ctx, `INSERT INTO totp_users (app_id, user_id, failed_at, locked_until) VALUES ($1, $2, '', 0)
			ON CONFLICT (app_id, user_id) DO NOTHING`, t.ID, d.userID)
		if err != nil {
			return err
		}
		number, err := t.countVerified(ctx, q, d.userID)
		if err != nil {
			return err
		}
		for {
			if given == "" {
				d.name = fmt.Sprintf("TOTP Device %d", number)
				number++
			}
			added, err := t.insertDevice(ctx, q, d)
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

func (t *totp) countVerified(ctx context.Context, q db.Querier, userID string) (n int64, err error) {
	_, err = q.One(ctx, `SELECT COUNT(*) FROM totp_devices WHERE app_id = $1 AND user_id = $2 AND verified`, db.Args{t.ID, userID}, &n)
	return n, err
}

func (t *totp) insertDevice(ctx context.Context, q db.Querier, d device) (added bool, err error) {
	n, err := q.Exec(ctx, `INSERT INTO totp_devices (app_id, user_id, name, secret, period, skew, verified, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (app_id, user_id, name) DO UPDATE
		SET secret = excluded.secret, period = excluded.period, skew = excluded.skew, verified = excluded.verified,
			created_at = excluded.created_at
		WHERE NOT totp_devices.verified`,
		t.ID, d.userID, d.name, t.Seal(secretName, []byte(d.secret)), d.period, d.skew, d.verified, t.Ms())
	return n > 0, err
}

func (t *totp) renameDevice(ctx context.Context, in core.RenameTOTPDevice) (done core.Done, err error) {
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
	n, err := t.DB.Writer.Exec(ctx, `UPDATE totp_devices SET name = $4 WHERE app_id = $1 AND user_id = `+person.ExposedID("$2")+` AND name = $3`,
		t.ID, in.UserID, in.ExistingDeviceName, in.NewDeviceName)
	if t.DB.Conflict(err) {
		return done, core.TOTPDeviceExists
	}
	if err == nil && n == 0 {
		err = kernel.OrStatus(t.CheckApp(ctx, t.DB.Reader), core.UnknownTOTPDevice)
	}
	return done, err
}

// removeDevice takes with the last device what only devices need.
func (t *totp) removeDevice(ctx context.Context, in core.TOTPDeviceName) (out core.RemovedTOTPDevice, err error) {
	switch {
	case in.UserID == "":
		return out, core.Bad("userId cannot be empty")
	case in.DeviceName == "":
		return out, core.Bad("deviceName cannot be empty")
	}
	err = t.InApp(ctx, func(q db.Querier) (err error) {
		if in.UserID, err = t.people.Exposed(ctx, q, in.UserID); err != nil {
			return err
		}
		n, err := q.Exec(ctx, `DELETE FROM totp_devices WHERE app_id = $1 AND user_id = $2 AND name = $3`, t.ID, in.UserID, in.DeviceName)
		out.DidDeviceExist = n > 0
		if err != nil || n == 0 {
			return err
		}
		for _, table := range []string{`totp_users`, `totp_used_codes`, `totp_recovery_codes`} {
			_, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE app_id = $1 AND user_id = $2
				AND NOT EXISTS (SELECT 1 FROM totp_devices WHERE app_id = $1 AND user_id = $2)`, t.ID, in.UserID)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func (t *totp) devices(ctx context.Context, in core.TOTPUser) (out core.TOTPDevices, err error) {
	if in.UserID == "" {
		return out, core.Bad("userId cannot be empty")
	}
	if err := t.CheckApp(ctx, t.DB.Reader); err != nil {
		return out, err
	}
	if in.UserID, err = t.people.Exposed(ctx, t.DB.Reader, in.UserID); err != nil {
		return out, err
	}
	devices, err := t.readDevices(ctx, t.DB.Reader, in.UserID)
	out.Devices = make([]core.TOTPDevice, len(devices))
	for i, d := range devices {
		out.Devices[i] = core.TOTPDevice{Name: d.name, Period: d.period, Skew: d.skew, Verified: d.verified}
	}
	return out, err
}

// readDevices returns the devices of a user, the oldest first.
func (t *totp) readDevices(ctx context.Context, q db.Querier, userID string) (devices []device, err error) {
	err = q.Each(ctx, `SELECT name, secret, period, skew, verified FROM totp_devices
		WHERE app_id = $1 AND user_id = $2 ORDER BY created_at, name`, db.Args{t.ID, userID}, func(scan db.Scan) error {
		d := device{userID: userID}
		var sealed string
		if err := scan(&d.name, &sealed, &d.period, &d.skew, &d.verified); err != nil {
			return err
		}
		secret, err := t.Unseal(secretName, sealed)
		d.secret = string(secret)
		devices = append(devices, d)
		return err
	})
	return devices, err
}
