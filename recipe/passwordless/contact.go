package passwordless

import (
	"context"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/internal/address"
	"github.com/posternauth/postern/recipe/signin"
)

// contact is where a code is sent: an email or a phone number.
type contact struct{ email, phone string }

func (c contact) isPhone() bool { return c.phone != "" }

// key names the contact in budgets.
func (c contact) key() string { return c.email + c.phone }

func (c contact) account() signin.Account {
	return signin.Account{RecipeID: RecipeID, Email: c.email, PhoneNumber: c.phone}
}

func contactOf(d core.Device) contact { return contact{d.Email, d.PhoneNumber} }

// contact reads the address or the number of a request. What a program got
// wrong is a bad input; what a person did is a text to read.
func (r *Recipe) contact(ctx context.Context, email, phone *string, tenantID string) (c contact, err error) {
	switch {
	case (email == nil) == (phone == nil):
		return c, fdi.BadInput("Please provide exactly one of email or phoneNumber")
	case email == nil && r.cfg.ContactMethod == Email:
		return c, fdi.BadInput(`Please provide an email since you have set the contactMethod to "EMAIL"`)
	case phone == nil && r.cfg.ContactMethod == Phone:
		return c, fdi.BadInput(`Please provide a phoneNumber since you have set the contactMethod to "PHONE"`)
	case email != nil:
		c.email = strings.TrimSpace(*email)
		err := problem(r.cfg.ValidateEmail(ctx, c.email, tenantID))
		c.email = address.Stored(c.email)
		return c, err
	}
	if text := r.cfg.ValidatePhone(ctx, *phone, tenantID); text != "" {
		return c, problem(text)
	}
	c.phone = normalPhone(*phone)
	return c, problem(r.regionProblem(c.phone))
}

func problem(text string) error {
	if text == "" {
		return nil
	}
	return &fdi.GeneralError{Message: text}
}

func validateEmail(_ context.Context, email, _ string) string {
	if !address.IsEmail(email) {
		return "Email is invalid"
	}
	return ""
}

const badPhone = "Phone number is invalid"

func validatePhone(_ context.Context, phoneNumber, _ string) string {
	number, err := phonenumbers.Parse(strings.TrimSpace(phoneNumber), "ZZ") // of no country in particular
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return badPhone
	}
	return ""
}

// normalPhone writes a number as E.164 if it is one; a validator of the
// application's own may have let through something else.
func normalPhone(phoneNumber string) string {
	phoneNumber = strings.TrimSpace(phoneNumber)
	number, err := phonenumbers.Parse(phoneNumber, "ZZ")
	if err != nil {
		return phoneNumber
	}
	return phonenumbers.Format(number, phonenumbers.E164)
}

// regionProblem says that messages are not sent to a number's region.
func (r *Recipe) regionProblem(phoneNumber string) string {
	if len(r.cfg.PhoneRegions) == 0 {
		return ""
	}
	number, err := phonenumbers.Parse(phoneNumber, "ZZ")
	if err == nil && slices.Contains(r.cfg.PhoneRegions, phonenumbers.GetRegionCodeForNumber(number)) {
		return ""
	}
	return "Messages are not sent to this country. Please use another number."
}

func isRegion(region string) bool { return phonenumbers.GetCountryCodeForRegion(region) != 0 }
