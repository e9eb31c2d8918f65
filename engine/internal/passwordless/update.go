package passwordless

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/internal/address"
	"github.com/posternauth/postern/op"
)

// update changes the addresses of a login method. Codes that were
// sent to an old or a new one are worth nothing any more.
func (p *passwordless) update(ctx context.Context, in core.UpdatePasswordless) (done core.Done, err error) {
	if in.Email.IsNull() && in.PhoneNumber.IsNull() {
		return done, noAddress()
	}
	if in.Email, err = normalised(in.Email, address.Normal); err != nil {
		return done, err
	}
	if in.PhoneNumber, err = normalised(in.PhoneNumber, kernel.Phone); err != nil {
		return done, err
	}
	return done, p.InApp(ctx, func(q db.Querier) error {
		m, err := p.people.LockRecipe(ctx, q, in.RecipeUserID, person.RecipePasswordless)
		if err != nil {
			return err
		}
		newEmail, newPhone := after(in.Email, m.Email), after(in.PhoneNumber, m.Phone)
		if newEmail == "" && newPhone == "" {
			return noAddress()
		}
		if newEmail != m.Email {
			if err := p.changeAddress(ctx, q, m, person.ByEmail(m.Email), newEmail); err != nil {
				return err
			}
		}
		if newPhone != m.Phone {
			return p.changeAddress(ctx, q, m, person.ByPhone(m.Phone), newPhone)
		}
		return nil
	})
}

func noAddress() error { return core.Bad("You cannot clear both email and phone number of a user") }

// normalised puts what is given into its proper form.
func normalised(o op.Optional[string], form func(string) (string, error)) (op.Optional[string], error) {
	text, given := o.Get()
	if !given {
		return o, nil
	}
	text, err := form(text)
	return op.Some(text), err
}

// after returns what a value is after a change: the same when nothing is said,
// and empty after null.
func after(change op.Optional[string], before string) string {
	if change.IsZero() {
		return before
	}
	return change.Or("")
}

// changeAddress gives a login method another email or phone number.
func (p *passwordless) changeAddress(ctx context.Context, q db.Querier, m person.Method, before person.Identity, value string) (err error) {
	now := person.Identity{Kind: before.Kind, Value: value}
	if now.Kind == person.KindEmail {
		err = p.people.ChangeEmail(ctx, q, m, value)
	} else {
		err = p.people.ChangeIdentity(ctx, q, m, now)
	}
	if err != nil {
		return err
	}
	for _, i := range []person.Identity{before, now} {
		if err := p.deleteDevicesOf(ctx, q, i, `IN `+person.TenantsOf("$3"), m.ID); err != nil {
			return err
		}
	}
	return nil
}
