package session

import "github.com/posternauth/postern/claim"

// AnyClaims accepts a session whatever its claims say: for what must be
// possible to those who do not meet the demands yet, such as meeting them.
func AnyClaims() Options {
	return Options{Validators: func([]claim.Validator) []claim.Validator { return nil }}
}

// Gone is a session whose user, or tenant, is no more: the client loses its
// tokens.
func (r *Recipe) Gone(detail string) error { return r.unauthorised(detail) }
