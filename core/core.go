// Package core is the contract between the SDK and a core: everything that a
// recipe can ask, as structs of typed functions, one file a feature.
//
// The same [Core] is filled by an engine in this process (engine.Open), by a
// core behind HTTP (cdi.Dial) or by a test that assigns the fields it needs.
// The tags hold the wire form of the core driver interface (CDI).
//
// # Inputs
//
// A field of an input is required unless its json tag says omitempty or
// omitzero. A field with a path tag stands in the path and not in the body;
// an empty TenantID means the tenant "public". Times are Unix milliseconds
// unless the name says otherwise. Emails are trimmed and lower-cased by the
// core; user ids may be any id that the app uses.
//
// # Outcomes
//
// What an operation may answer besides OK is an [op.Status] or an [op.Failer]
// of this package, and stands in the operation's tag. Any other error is a
// [BadInput] (a mistake of the caller), a [Forbidden], a [TenantNotFound], an
// [Unavailable] (a dependency is down, try again) or a fault of ours.
//
// # Extensions
//
// An operation whose tag says ext:"true" is Postern's own: other cores do not
// have it, and its path is not in the public description of the protocol. A
// field of an input with that tag is one that other cores ignore.
package core

import "encoding/json"

// Core is everything the SDK can ask of a core, for one app.
type Core struct {
	AccountLinking    AccountLinking
	Dashboard         Dashboard
	EmailPassword     EmailPassword
	EmailVerification EmailVerification
	JWT               JWT
	Limit             Limit
	Metadata          Metadata
	Passwordless      Passwordless
	Role              Role
	Service           Service
	Session           Session
	Tenant            Tenant
	ThirdParty        ThirdPartyLogin
	TOTP              TOTP
	User              Users
	UserIDMapping     UserIDMapping
}

// Public is the id of the app and of the tenant that always exist.
const Public = "public"

// Object is a JSON object that belongs to the user of the core: a payload,
// session data, metadata. Values keep their exact text.
type Object map[string]json.RawMessage

// Done is the result of an operation that has nothing to say but OK.
type Done struct{}
