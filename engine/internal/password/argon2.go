package password

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/posternauth/postern/core"
)

const (
	saltSize = 16
	sumSize  = 32

	// What an imported hash may cost: about a second of one core.
	maxMemoryKiB   = 256 << 10
	maxIterations  = 64
	maxWorkKiB     = 1 << 20 // memory times iterations
	maxParallelism = 16

	argon2id = "argon2id"
	argon2i  = "argon2i"
)

// argon2Hash is a hash in PHC form: $argon2id$v=19$m=…,t=…,p=…$salt$sum.
type argon2Hash struct {
	params    Params
	variant   string
	salt, sum []byte
}

func (a argon2Hash) String() string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$%s$v=%d$m=%d,t=%d,p=%d$%s$%s", a.variant, argon2.Version,
		a.params.MemoryKiB, a.params.Iterations, a.params.Parallelism, b64(a.salt), b64(a.sum))
}

func (a argon2Hash) compute(password []byte, size int) []byte {
	p, key := a.params, argon2.IDKey
	if a.variant == argon2i {
		key = argon2.Key
	}
	return key(password, a.salt, p.Iterations, p.MemoryKiB, p.Parallelism, uint32(size))
}

func (a argon2Hash) verify(password, _ []byte) (bool, error) {
	return subtle.ConstantTimeCompare(a.compute(password, len(a.sum)), a.sum) == 1, nil
}

func parseArgon2(hash string) (scheme, error) {
	malformed := core.Bad("Password hash is in invalid Argon2 format")
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return nil, malformed
	}
	a := argon2Hash{variant: parts[1]}
	switch a.variant {
	case argon2id, argon2i:
	case "argon2d": // no library for it is kept well enough
		return nil, core.Bad("Password hash is in invalid Argon2 format: argon2d cannot be verified here; have these users reset their passwords")
	default:
		return nil, malformed
	}
	m, t, p, ok := argon2Costs(parts[3])
	if !ok || t < 1 || p < 1 || m < 8*p {
		return nil, malformed
	}
	if m > maxMemoryKiB || t > maxIterations || p > maxParallelism || m*t > maxWorkKiB {
		return nil, core.Bad("Password hash is in invalid Argon2 format: it costs too much to verify; at most m=%d, t=%d, p=%d and m*t=%d are accepted",
			maxMemoryKiB, maxIterations, maxParallelism, maxWorkKiB)
	}
	a.params = Params{Iterations: uint32(t), MemoryKiB: uint32(m), Parallelism: uint8(p)}
	var errSalt, errSum error
	a.salt, errSalt = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	a.sum, errSum = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if errSalt != nil || errSum != nil || len(a.salt) < 8 || len(a.salt) > 64 || len(a.sum) < 16 || len(a.sum) > 64 {
		return nil, malformed
	}
	return a, nil
}

// argon2Costs reads m=…,t=…,p=….
func argon2Costs(text string) (m, t, p int, ok bool) {
	fields := strings.Split(text, ",")
	if len(fields) != 3 {
		return 0, 0, 0, false
	}
	number(fields[0], "m=", &m)
	number(fields[1], "t=", &t)
	number(fields[2], "p=", &p)
	return m, t, p, text == fmt.Sprintf("m=%d,t=%d,p=%d", m, t, p)
}
