// Package token makes and reads the tokens of a core: access tokens (JWS),
// refresh tokens, and the schedule of the keys that sign.
//
// It knows nothing of the database: whoever stores keys and sessions hands
// them in.
package token
