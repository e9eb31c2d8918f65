package core

import (
	"fmt"
	"time"

	"github.com/posternauth/postern/op"
)

// BadInput is a mistake in what the caller sent. On the wire it is a 400 whose
// text is Message, which clients may compare.
type BadInput struct{ Message string }

func (e *BadInput) Error() string { return e.Message }

// Bad returns a [BadInput] with a formatted message.
func Bad(format string, args ...any) error { return &BadInput{fmt.Sprintf(format, args...)} }

// Forbidden is an operation that this caller may not do here: the wrong tenant
// for it, or a protected setting. On the wire it is a 403.
type Forbidden struct{ Message string }

func (e *Forbidden) Error() string { return e.Message }

// TenantNotFound is an app or a tenant that does not exist. AppID is that of
// [AppKey]; TenantID is empty when it is the app that is missing. On the wire
// it is a 400.
type TenantNotFound struct{ AppID, TenantID string }

func (e *TenantNotFound) Error() string {
	domain, app := SplitAppKey(e.AppID)
	if e.TenantID == "" {
		return fmt.Sprintf("AppId or tenantId not found => App with the following connectionURIDomain and appId combination not found: (%s, %s)", domain, app)
	}
	return fmt.Sprintf("AppId or tenantId not found => Tenant with the following connectionURIDomain, appId and tenantId combination not found: (%s, %s, %s)", domain, app, e.TenantID)
}

// Unavailable is a dependency that does not answer: the database, the core
// behind HTTP, a full queue. Nothing is known to have been done. On the wire
// it is a 503 with Retry-After.
type Unavailable struct {
	RetryAfter time.Duration // zero means a second
	Err        error         // the cause, for the log
}

func (e *Unavailable) Error() string { return fmt.Sprintf("temporarily unavailable: %v", e.Err) }
func (e *Unavailable) Unwrap() error { return e.Err }

// detailed makes the outcomes that carry data, by their status.
func detailed(s op.Status) op.Failer {
	switch s {
	case "EMAIL_CHANGE_NOT_ALLOWED_ERROR":
		return new(EmailChangeNotAllowed)
	case "ASSOCIATION_NOT_ALLOWED_ERROR":
		return new(AssociationNotAllowed)
	case "UNAUTHORISED":
		return new(Unauthorised)
	case "TRY_REFRESH_TOKEN":
		return new(TryRefreshToken)
	case "TOKEN_THEFT_DETECTED":
		return new(TokenTheft)
	case "LIMIT_REACHED_ERROR":
		return new(LimitReached)
	case "INVALID_TOTP_ERROR":
		return new(InvalidTOTP)
	case IncorrectUserInputCode, ExpiredUserInputCode:
		return &WrongCode{Status: s}
	case "PHONE_NUMBER_CHANGE_NOT_ALLOWED_ERROR":
		return new(PhoneNumberChangeNotAllowed)
	case AlreadyLinked, AlreadyLinkedToOther, AccountInfoTaken:
		return &LinkConflict{Status: s}
	case "USER_ID_MAPPING_ALREADY_EXISTS_ERROR":
		return new(MappingExists)
	case "PASSWORD_WEAK_ERROR":
		return new(WeakPassword)
	case "USER_SUSPENDED_ERROR":
		return new(Suspended)
	}
	return nil
}

// Outcome returns the error for a status that came over the wire: an
// [op.Failer] for fill to unmarshal into, or the status itself.
func Outcome(s op.Status, fill func(op.Failer) error) error {
	f := detailed(s)
	if f == nil {
		return s
	}
	if err := fill(f); err != nil {
		return err
	}
	return f
}
