package passwordless

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/person"
)

func (p *passwordless) consumeCode(ctx context.Context, in core.ConsumeCode) (out core.ConsumedCode, err error) {
	err = p.tryInput(ctx, in, func(q db.Querier, given presented, d core.Device) error {
		out.ConsumedDevice = d
		who := identityOf(d)
		if err := p.deleteDevicesOf(ctx, q, who, `= $3`, given.tenant); err != nil {
			return err
		}
		signed, err := p.signInUp(ctx, q, given.tenant, who)
		out.CreatedNewUser, out.User, out.RecipeUserID = signed.CreatedNewUser, signed.User, signed.RecipeUserID
		return err
	})
	if err == nil {
		p.people.MarkActive(ctx, out.User.ID)
	}
	return out, err
}

func (p *passwordless) checkCode(ctx context.Context, in core.ConsumeCode) (out core.CheckedCode, err error) {
	err = p.tryInput(ctx, in, func(q db.Querier, given presented, d core.Device) error {
		out.ConsumedDevice = d
		_, err := q.Exec(ctx, `UPDATE passwordless_devices SET tries = $4 WHERE app_id = $1 AND tenant_id = $2 AND device_hash = $3`,
			p.ID, given.tenant, given.device.hash, d.FailedCodeInputAttemptCount)
		return err
	})
	return out, err
}

// presented is what somebody signs in with: a link, or a device and a code.
type presented struct {
	tenant string
	device device // without the salt; of a link only the hash
	code   core.Secret
	link   []byte
}

func readPresented(in core.ConsumeCode) (given presented, err error) {
	given = presented{tenant: kernel.OrPublic(in.TenantID), code: in.UserInputCode}
	byLink, byCode := in.LinkCode != "", in.DeviceID != "" && in.UserInputCode != ""
	if byLink == byCode || byLink && in.DeviceID+in.UserInputCode != "" {
		return given, core.Bad("Please provide exactly one of linkCode or deviceId+userInputCode")
	}
	if byLink {
		given.device.hash = deviceName(in.PreAuthSessionID)
		if given.link, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(string(in.LinkCode), "=")); err != nil {
			err = core.Bad("Input encoding error in linkCode")
		}
		return given, err
	}
	if given.device, err = readDevice(in.DeviceID); err == nil && given.device.hash != deviceName(in.PreAuthSessionID) {
		err = otherDevice()
	}
	return given, err
}

func otherDevice() error { return core.Bad("preAuthSessionId and deviceId doesn't match") }

// tryInput runs use on the device of a right code or link, in the transaction
// that found it right. A wrong code is counted, whatever else happens.
func (p *passwordless) tryInput(ctx context.Context, in core.ConsumeCode, use func(q db.Querier, given presented, d core.Device) error) error {
	given, err := readPresented(in)
	if err != nil {
		return err
	}
	if p, err = p.forTenant(ctx, given.tenant); err != nil {
		return err
	}
	var wrong error
	err = p.InTenant(ctx, given.tenant, func(q db.Querier) error {
		wrong = nil
		if given.link != nil {
			if err := p.checkLink(ctx, q, given); err != nil {
				return err
			}
		}
		d, err := p.spendTry(ctx, q, &given)
		if err != nil {
			return err
		}
		if wrong, err = p.compare(ctx, q, given, d); err != nil || wrong != nil {
			return err // the count is kept
		}
		if given.code != "" {
			d.FailedCodeInputAttemptCount-- // it was none
		}
		return use(q, given, d)
	})
	return kernel.OrStatus(err, wrong)
}

// checkLink fails when a link is of another device than is said.
func (p *passwordless) checkLink(ctx context.Context, q db.Querier, given presented) error {
	var hash string
	found, err := q.One(ctx, `SELECT device_hash FROM passwordless_codes WHERE app_id = $1 AND tenant_id = $2 AND link_hash = $3 AND created_at > $4`,
		db.Args{p.ID, given.tenant, hashOf(given.link), p.Ms() - p.Values.PasswordlessCodeLifetime.Milliseconds()}, &hash)
	switch {
	case err != nil:
		return err
	case !found:
		return core.RestartFlow
	case hash != given.device.hash:
		return otherDevice()
	}
	return nil
}

// spendTry spends one of the tries of a device before a code is looked at, so
// that tries at the same time are as many as tries after each other. A link
// cannot be guessed and costs none. The device is locked from here on.
func (p *passwordless) spendTry(ctx context.Context, q db.Querier, given *presented) (d core.Device, err error) {
	if err := p.lockDevices(ctx, q, *given); err != nil {
		return d, err
	}
	cost := int64(0)
	if given.link == nil {
		cost = 1
	}
	var salt string
	found, err := q.One(ctx, `UPDATE passwordless_devices SET tries = tries + $5
		WHERE app_id = $1 AND tenant_id = $2 AND device_hash = $3 AND tries < $4 RETURNING device_hash, tries, email, phone, link_salt`,
		db.Args{p.ID, given.tenant, given.device.hash, int64(p.Values.PasswordlessMaxTries), cost},
		&d.PreAuthSessionID, &d.FailedCodeInputAttemptCount, &d.Email, &d.PhoneNumber, &salt)
	if err != nil || !found {
		return d, kernel.OrStatus(err, core.RestartFlow)
	}
	given.device.salt, err = base64.StdEncoding.DecodeString(salt)
	return d, err
}

// lockDevices locks all devices of the address of a device, in the order of
// their keys: two who sign in by it at once, each by a device of its own, wait
// for each other, but not crosswise.
func (p *passwordless) lockDevices(ctx context.Context, q db.Querier, given presented) error {
	var of core.Device
	found, err := q.One(ctx, `SELECT email, phone FROM passwordless_devices WHERE app_id = $1 AND tenant_id = $2 AND device_hash = $3`,
		db.Args{p.ID, given.tenant, given.device.hash}, &of.Email, &of.PhoneNumber)
	if err != nil || !found {
		return kernel.OrStatus(err, core.RestartFlow)
	}
	who := identityOf(of)
	_, err = db.Texts(ctx, q, `SELECT device_hash FROM passwordless_devices WHERE app_id = $1 AND tenant_id = $2 AND `+
		addressColumn(who.Kind)+` = $3 ORDER BY device_hash`+p.DB.ForUpdate, p.ID, given.tenant, who.Value)
	return err
}

// identityOf is the address of a device.
func identityOf(d core.Device) person.Identity {
	if d.PhoneNumber != "" {
		return person.ByPhone(d.PhoneNumber)
	}
	return person.ByEmail(d.Email)
}

// compare looks for the code of a device; wrong is the outcome when it is not
// right, or no longer. The last wrong code ends the device.
func (p *passwordless) compare(ctx context.Context, q db.Querier, given presented, d core.Device) (wrong, err error) {
	link := given.link
	if link == nil {
		link = given.device.link(given.code)
	}
	var createdAt int64
	known, err := q.One(ctx, `SELECT created_at FROM passwordless_codes WHERE app_id = $1 AND tenant_id = $2 AND device_hash = $3 AND link_hash = $4`,
		db.Args{p.ID, given.tenant, given.device.hash, hashOf(link)}, &createdAt)
	if err != nil || known && p.Ms() < createdAt+p.Values.PasswordlessCodeLifetime.Milliseconds() {
		return nil, err
	}
	if given.link != nil {
		return core.RestartFlow, nil // it went a moment ago
	}
	if d.FailedCodeInputAttemptCount >= int64(p.Values.PasswordlessMaxTries) {
		return core.RestartFlow, p.deleteDevices(ctx, q, given.tenant, []string{given.device.hash})
	}
	status := core.IncorrectUserInputCode
	if known {
		status = core.ExpiredUserInputCode
	}
	return &core.WrongCode{
		Status: status, FailedCodeInputAttemptCount: d.FailedCodeInputAttemptCount,
		MaximumCodeInputAttempts: int64(p.Values.PasswordlessMaxTries),
	}, nil
}

// signInUp finds the user of an address, or adds one. Whoever had
// the code has the email.
func (p *passwordless) signInUp(ctx context.Context, q db.Querier, tenant string, who person.Identity) (out core.SignedInUp, err error) {
	m := person.NewMethod{Method: person.Method{RecipeID: person.RecipePasswordless, Email: who.Value}, Verified: true}
	if who.Kind == person.KindPhone {
		m = person.NewMethod{Method: person.Method{RecipeID: person.RecipePasswordless, Phone: who.Value}}
	}
	added, err := p.people.Add(ctx, q, tenant, m)
	if err == nil {
		return core.SignedInUp{CreatedNewUser: true, User: added.User, RecipeUserID: added.RecipeUserID}, nil
	}
	if !errors.Is(err, who.Taken()) {
		return out, err
	}
	known, exists, err := p.people.FindLogin(ctx, q, tenant, person.RecipePasswordless, who)
	if err != nil || !exists {
		return out, kernel.OrStatus(err, core.RestartFlow) // deleted since
	}
	if who.Kind == person.KindEmail {
		if err := p.people.SetVerified(ctx, q, known.UserID, who.Value); err != nil {
			return out, err
		}
	}
	u, _, err := p.people.UserOf(ctx, q, known)
	if err != nil {
		return out, err
	}
	return core.SignedInUp{User: u.User, RecipeUserID: u.RecipeUserID}, p.deleteOtherDevices(ctx, q, tenant, u, who)
}

// deleteOtherDevices ends the attempts to sign in by the other address of a
// login method that has two.
func (p *passwordless) deleteOtherDevices(ctx context.Context, q db.Querier, tenant string, u core.RecipeUser, who person.Identity) error {
	m, _ := u.User.LoginMethod(u.RecipeUserID)
	other := person.ByPhone(m.PhoneNumber)
	if who.Kind == person.KindPhone {
		other = person.ByEmail(m.Email)
	}
	return p.deleteDevicesOf(ctx, q, other, `= $3`, tenant)
}
