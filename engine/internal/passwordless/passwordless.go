package passwordless

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/google/uuid"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/engine/internal/token"
	"github.com/posternauth/postern/internal/address"
)

const (
	inputDigits = 6
	// maxDeviceCodes is how many codes of a device are right at once, and
	// maxDevices how many devices an address has: the oldest one makes room.
	// Each of them would be another chance to guess.
	maxDeviceCodes = 5
	maxDevices     = 20
	// codeTries is how often a code is drawn that the device has already.
	codeTries = 10
	// codeMemory is how long it is remembered that there was a code, in ms.
	codeMemory = 60 * 60 * 1000
)

// passwordless holds the codes and links of an app.
type passwordless struct {
	*kernel.App
	people *person.People
}

// New returns the operations of signing in by a code or a link (CDI §2.3).
func New(a *kernel.App, people *person.People) core.Passwordless {
	p := &passwordless{a, people}
	return core.Passwordless{
		CreateCode:  p.createCode,
		ConsumeCode: p.consumeCode,
		CheckCode:   p.checkCode,
		RevokeCodes: p.revokeCodes,
		RevokeCode:  p.revokeCode,
		ListCodes:   p.listCodes,
		Update:      p.update,
	}
}

// Tables are those of this package.
func Tables() []kernel.Table {
	return []kernel.Table{
		{Name: `passwordless_devices`, Tenant: true, Ended: `purge_at <= $2`, Key: `tenant_id, device_hash`},
		{Name: `passwordless_codes`, Tenant: true, Ended: `purge_at <= $2`, Key: `tenant_id, code_id`},
	}
}

// forTenant is [kernel.App.ForTenant].
func (p *passwordless) forTenant(ctx context.Context, tenant string) (*passwordless, error) {
	a, err := p.ForTenant(ctx, tenant)
	return &passwordless{a, p.people}, err
}

// device is what a device is made of: the id, which only its bearer has, and
// the salt, which only the database has. Together they make links of codes.
type device struct {
	id, salt []byte
	hash     string // of the id; its public name
}

func newDevice() device {
	d := device{id: make([]byte, 32), salt: make([]byte, 32)}
	rand.Read(d.id)
	rand.Read(d.salt)
	d.hash = hashOf(d.id)
	return d
}

// readDevice reads the id of a device as its bearer has it.
func readDevice(text core.Secret) (d device, err error) {
	if d.id, err = base64.StdEncoding.DecodeString(string(text)); err != nil {
		return d, core.Bad("Input encoding error in deviceId")
	}
	d.hash = hashOf(d.id)
	return d, nil
}

// link returns the link of a code: it proves to have the code and the device.
func (d device) link(code core.Secret) []byte {
	mac := hmac.New(sha256.New, append(append([]byte{}, d.id...), d.salt...))
	mac.Write([]byte(code))
	return mac.Sum(nil)
}

func hashOf(secret []byte) string {
	sum := sha256.Sum256(secret)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// contact returns the one identity that is given, in its proper form. text is
// for the error when it is not one.
func contact(emailAddress, phoneNumber, text string) (i person.Identity, err error) {
	switch {
	case (emailAddress == "") == (phoneNumber == ""):
		return i, core.Bad("%s", text)
	case phoneNumber != "":
		i.Kind = person.KindPhone
		i.Value, err = kernel.Phone(phoneNumber)
	default:
		i.Kind = person.KindEmail
		i.Value, err = address.Normal(emailAddress)
	}
	return i, err
}

func (p *passwordless) createCode(ctx context.Context, in core.CreateCode) (out core.CreatedCode, err error) {
	const one = "Please provide exactly one of email, phoneNumber or deviceId"
	in.TenantID = kernel.OrPublic(in.TenantID)
	var d device
	var to person.Identity
	if in.DeviceID == "" {
		d = newDevice()
		to, err = contact(in.Email, in.PhoneNumber, one)
	} else if d, err = readDevice(in.DeviceID); err == nil && in.Email+in.PhoneNumber != "" {
		err = core.Bad(one)
	}
	if err == nil {
		err = kernel.Short("userInputCode", string(in.UserInputCode))
	}
	if err != nil {
		return out, err
	}
	if p, err = p.forTenant(ctx, in.TenantID); err != nil {
		return out, err
	}
	err = p.InTenant(ctx, in.TenantID, func(q db.Querier) error {
		if in.DeviceID == "" {
			err = p.insertDevice(ctx, q, in.TenantID, d, to)
		} else {
			d.salt, err = p.keepDevice(ctx, q, in.TenantID, d.hash)
		}
		if err != nil {
			return err
		}
		out, err = p.insertCode(ctx, q, in, d)
		return err
	})
	if err == nil {
		p.Tidy(ctx)
	}
	return out, err
}

// insertDevice adds a device for an address, in place of the oldest one when
// there are many.
func (p *passwordless) insertDevice(ctx context.Context, q db.Querier, tenant string, d device, to person.Identity) error {
	devices, err := db.Texts(ctx, q, `SELECT device_hash FROM passwordless_devices WHERE app_id = $1 AND tenant_id = $2 AND `+
		addressColumn(to.Kind)+` = $3 ORDER BY created_at DESC`, p.ID, tenant, to.Value)
	if err != nil {
		return err
	}
	if len(devices) >= maxDevices {
		if err := p.deleteDevices(ctx, q, tenant, devices[maxDevices-1:]); err != nil {
			return err
		}
	}
	now := p.Ms()
	_, err = q.Exec(ctx, `INSERT INTO passwordless_devices (app_id, tenant_id, device_hash, `+addressColumn(to.Kind)+`, `+otherColumn(to.Kind)+`,
			link_salt, tries, created_at, purge_at) VALUES ($1, $2, $3, $4, '', $5, 0, $6, $7)`,
		p.ID, tenant, d.hash, to.Value, base64.StdEncoding.EncodeToString(d.salt), now, now+p.Values.PasswordlessCodeLifetime.Milliseconds()+codeMemory)
	return err
}

func addressColumn(kind string) string {
	if kind == person.KindPhone {
		return `phone`
	}
	return `email`
}

func otherColumn(kind string) string {
	if kind == person.KindPhone {
		return `email`
	}
	return `phone`
}

// keepDevice keeps a device for another code, and others from deleting it, and
// returns its salt.
func (p *passwordless) keepDevice(ctx context.Context, q db.Querier, tenant, hash string) ([]byte, error) {
	var salt string
	found, err := q.One(ctx, `UPDATE passwordless_devices SET purge_at = $4 WHERE app_id = $1 AND tenant_id = $2 AND device_hash = $3 RETURNING link_salt`,
		db.Args{p.ID, tenant, hash, p.After(p.Values.PasswordlessCodeLifetime) + codeMemory}, &salt)
	if err != nil || !found {
		return nil, kernel.OrStatus(err, core.RestartFlow)
	}
	return base64.StdEncoding.DecodeString(salt)
}

// insertCode adds a code to a device, in place of the oldest one when there are
// many. That its link is free decides whether the device has it already.
func (p *passwordless) insertCode(ctx context.Context, q db.Querier, in core.CreateCode, d device) (out core.CreatedCode, err error) {
	out = core.CreatedCode{
		PreAuthSessionID: d.hash, CodeID: uuid.NewString(), DeviceID: core.Secret(base64.StdEncoding.EncodeToString(d.id)),
		UserInputCode: in.UserInputCode, TimeCreated: p.Ms(), CodeLifetime: p.Values.PasswordlessCodeLifetime.Milliseconds(),
	}
	for range codeTries {
		if in.UserInputCode == "" {
			out.UserInputCode = core.Secret(token.Digits(inputDigits))
		}
		link := d.link(out.UserInputCode)
		n, err := q.Exec(ctx, `INSERT INTO passwordless_codes (app_id, tenant_id, code_id, device_hash, link_hash, created_at, purge_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (app_id, tenant_id, link_hash) DO NOTHING`,
			p.ID, in.TenantID, out.CodeID, d.hash, hashOf(link), out.TimeCreated, out.TimeCreated+out.CodeLifetime+codeMemory)
		if err != nil {
			return out, err
		}
		if n == 1 {
			out.LinkCode = core.Secret(base64.RawURLEncoding.EncodeToString(link))
			return out, p.capCodes(ctx, q, in.TenantID, d.hash, out.CodeID)
		}
		if in.UserInputCode != "" {
			break
		}
	}
	return out, core.UserInputCodeAlreadyUsed
}

// capCodes deletes the oldest codes of a device beside a new one.
func (p *passwordless) capCodes(ctx context.Context, q db.Querier, tenant, hash, newest string) error {
	_, err := q.Exec(ctx, `DELETE FROM passwordless_codes WHERE app_id = $1 AND tenant_id = $2 AND device_hash = $3 AND code_id <> $4
		AND code_id NOT IN (SELECT code_id FROM passwordless_codes WHERE app_id = $1 AND tenant_id = $2 AND device_hash = $3 AND code_id <> $4
			ORDER BY created_at DESC, code_id LIMIT $5)`, p.ID, tenant, hash, newest, int64(maxDeviceCodes-1))
	return err
}

// deleteDevices deletes devices with their codes.
func (p *passwordless) deleteDevices(ctx context.Context, q db.Querier, tenant string, hashes []string) error {
	list, args := db.In(db.Args{p.ID, tenant}, hashes)
	for _, table := range []string{`passwordless_devices`, `passwordless_codes`} {
		if _, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE app_id = $1 AND tenant_id = $2 AND device_hash IN `+list, args...); err != nil {
			return err
		}
	}
	return nil
}

// deleteDevicesOf deletes the devices of an address in the tenants that satisfy
// a condition on tenant_id and $3. Rows are locked in the order of their keys.
func (p *passwordless) deleteDevicesOf(ctx context.Context, q db.Querier, i person.Identity, condition, arg string) error {
	if i.Value == "" {
		return nil
	}
	devices := map[string][]string{}
	err := q.Each(ctx, `SELECT tenant_id, device_hash FROM passwordless_devices WHERE app_id = $1 AND `+
		addressColumn(i.Kind)+` = $2 AND tenant_id `+condition+` ORDER BY tenant_id, device_hash`+p.DB.ForUpdate, db.Args{p.ID, i.Value, arg},
		func(scan db.Scan) error {
			var tenant, hash string
			err := scan(&tenant, &hash)
			devices[tenant] = append(devices[tenant], hash)
			return err
		})
	for tenant, hashes := range devices {
		if err == nil {
			err = p.deleteDevices(ctx, q, tenant, hashes)
		}
	}
	return err
}

func (p *passwordless) revokeCodes(ctx context.Context, in core.RevokeCodes) (done core.Done, err error) {
	of, err := contact(in.Email, in.PhoneNumber, "Please provide exactly one of email or phoneNumber")
	if err != nil {
		return done, err
	}
	tenant := kernel.OrPublic(in.TenantID)
	return done, p.InTenant(ctx, tenant, func(q db.Querier) error {
		return p.deleteDevicesOf(ctx, q, of, `= $3`, tenant)
	})
}

func (p *passwordless) revokeCode(ctx context.Context, in core.RevokeCode) (done core.Done, err error) {
	if in.CodeID == "" && in.PreAuthSessionID == "" {
		return done, core.Bad("Please provide either 'codeId' or 'preAuthSessionId'")
	}
	if in.CodeID != "" && in.PreAuthSessionID != "" {
		return done, core.Bad("Please provide only one of 'codeId' or 'preAuthSessionId'")
	}
	tenant := kernel.OrPublic(in.TenantID)
	return done, p.InTenant(ctx, tenant, func(q db.Querier) error {
		if in.PreAuthSessionID != "" {
			return p.deleteDevices(ctx, q, tenant, []string{deviceName(in.PreAuthSessionID)})
		}
		return p.deleteCode(ctx, q, tenant, in.CodeID)
	})
}

// deviceName is the hash of a device as some clients send it, with padding.
func deviceName(preAuthSessionID string) string { return strings.TrimRight(preAuthSessionID, "=") }

// deleteCode deletes a code, and its device when that has no other. The device
// is locked first, for it may be given another at this moment.
func (p *passwordless) deleteCode(ctx context.Context, q db.Querier, tenant, id string) error {
	var hash string
	found, err := q.One(ctx, `SELECT device_hash FROM passwordless_devices WHERE app_id = $1 AND tenant_id = $2 AND device_hash =
		(SELECT c.device_hash FROM passwordless_codes c WHERE c.app_id = $1 AND c.tenant_id = $2 AND c.code_id = $3)`+p.DB.ForUpdate,
		db.Args{p.ID, tenant, id}, &hash)
	if err != nil || !found {
		return err
	}
	if _, err := q.Exec(ctx, `DELETE FROM passwordless_codes WHERE app_id = $1 AND tenant_id = $2 AND code_id = $3`, p.ID, tenant, id); err != nil {
		return err
	}
	_, err = q.Exec(ctx, `DELETE FROM passwordless_devices WHERE app_id = $1 AND tenant_id = $2 AND device_hash = $3 AND NOT EXISTS
		(SELECT 1 FROM passwordless_codes c WHERE c.app_id = $1 AND c.tenant_id = $2 AND c.device_hash = $3)`, p.ID, tenant, hash)
	return err
}

func (p *passwordless) listCodes(ctx context.Context, in core.ListCodes) (out core.DeviceList, err error) {
	column, value, err := whichDevices(in)
	if err != nil {
		return out, err
	}
	if p, err = p.forTenant(ctx, kernel.OrPublic(in.TenantID)); err != nil {
		return out, err
	}
	out.Devices = []core.DeviceCodes{}
	if err := p.CheckTenant(ctx, p.DB.Reader, kernel.OrPublic(in.TenantID)); err != nil {
		return out, err
	}
	err = p.DB.Reader.Each(ctx, `SELECT d.device_hash, d.tries, d.email, d.phone, COALESCE(c.code_id, ''), COALESCE(c.created_at, 0)
		FROM passwordless_devices d
		LEFT JOIN passwordless_codes c ON c.app_id = d.app_id AND c.tenant_id = d.tenant_id AND c.device_hash = d.device_hash
		WHERE d.app_id = $1 AND d.tenant_id = $2 AND d.`+column+` = $3 ORDER BY d.created_at, d.device_hash, c.created_at, c.code_id`,
		db.Args{p.ID, kernel.OrPublic(in.TenantID), value}, func(scan db.Scan) error {
			d := core.DeviceCodes{Codes: []core.Code{}}
			code := core.Code{CodeLifetime: p.Values.PasswordlessCodeLifetime.Milliseconds()}
			err := scan(&d.PreAuthSessionID, &d.FailedCodeInputAttemptCount, &d.Email, &d.PhoneNumber, &code.CodeID, &code.TimeCreated)
			last := len(out.Devices) - 1
			if last < 0 || out.Devices[last].PreAuthSessionID != d.PreAuthSessionID {
				out.Devices = append(out.Devices, d)
				last++
			}
			if code.CodeID != "" {
				out.Devices[last].Codes = append(out.Devices[last].Codes, code)
			}
			return err
		})
	return out, err
}

// whichDevices returns the column, and its value, that devices are looked up
// by.
func whichDevices(in core.ListCodes) (column, value string, err error) {
	const one = "Please provide exactly one of email, phoneNumber, deviceId or preAuthSessionId"
	given := 0
	for _, text := range []string{in.Email, in.PhoneNumber, string(in.DeviceID), in.PreAuthSessionID} {
		if text != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return "", "", core.Bad(one)
	case in.PreAuthSessionID != "":
		return `device_hash`, deviceName(in.PreAuthSessionID), nil
	case in.DeviceID != "":
		d, err := readDevice(in.DeviceID)
		return `device_hash`, d.hash, err
	}
	of, err := contact(in.Email, in.PhoneNumber, one)
	return addressColumn(of.Kind), of.Value, err
}
