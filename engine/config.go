package engine

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/password"
	"github.com/posternauth/postern/engine/internal/setting"
	"github.com/posternauth/postern/engine/internal/token"
)

// Config is how to run an engine. Only Database is required.
type Config struct {
	// Database is sqlite:FILE, sqlite::memory:, postgres://… or postgresql://….
	Database core.Secret
	// MaxConnections bounds the connections to PostgreSQL, or the readers of
	// SQLite, which has one writer. The default is 10, or 2 if Serverless.
	MaxConnections int
	// Pooler says that a transaction pooler stands before PostgreSQL: nothing
	// is then expected to outlive a transaction, neither prepared statements
	// nor settings.
	Pooler bool
	// Serverless is for a process that starts often and may be frozen at any
	// time, as on AWS Lambda. Open then connects to nothing and leaves the schema
	// alone; the default of MaxConnections is 2, and nothing is expected of a
	// connection (Pooler). The first operation that misses a part of the schema
	// says that it is too old; see [Prepare].
	Serverless bool
	// DatabasePassword is asked for the password of each new connection to
	// PostgreSQL, in place of the one in the URI: for tokens that live for
	// minutes only.
	DatabasePassword func(context.Context) (core.Secret, error)
	// MasterKey encrypts the signing keys and secrets in the database. It has
	// at least 32 characters. Without it they lie there as they are. What was
	// encrypted can be read only with the same MasterKey.
	MasterKey core.Secret
	// SkipMigrations refuses a database whose schema is old, instead of
	// bringing it up to date. A newer schema is always refused.
	SkipMigrations bool

	AccessTokenValidity  time.Duration // default an hour, at least a second
	RefreshTokenValidity time.Duration // default 100 days, longer than that of access tokens
	// RefreshGrace is how long a refresh token that was replaced still gets
	// the same successor: for tabs, retries and lost answers. After that it is
	// theft. The default is 30 seconds, the maximum 5 minutes.
	RefreshGrace time.Duration

	// SigningKeyInterval is how long a signing key signs; default 168 hours.
	SigningKeyInterval time.Duration
	// KeyOverlap is how long before its use a key is published; default a
	// minute, or a fifth of a SigningKeyInterval that is shorter than that.
	KeyOverlap time.Duration
	// SigningAlgorithm is RS256 (default), ES256 or EdDSA. Clients that verify
	// tokens themselves may know only RS256.
	SigningAlgorithm string

	ResetTokenLifetime        time.Duration // default an hour
	VerificationTokenLifetime time.Duration // default an hour
	VerificationCodeLifetime  time.Duration // default ten minutes, which is also the maximum

	// PasswordlessCodeLifetime is how long a code or a link signs in; default
	// 15 minutes. After PasswordlessMaxTries wrong codes one has to start anew;
	// default 5.
	PasswordlessCodeLifetime time.Duration
	PasswordlessMaxTries     int

	// TOTPMaxAttempts is how many codes of a second factor a user may get
	// wrong in a row; then none is right for TOTPCooldown. The defaults are 5
	// and 15 minutes.
	TOTPMaxAttempts int
	TOTPCooldown    time.Duration

	Passwords PasswordConfig

	Now func() time.Time // default time.Now
	Log *slog.Logger     // default slog.Default
}

// PasswordConfig is how passwords are hashed, with argon2id. Once none was
// hashed for five seconds, the process gives its free memory back to the system,
// unless it has much in use.
type PasswordConfig struct {
	Iterations  int // default 2
	MemoryKiB   int // default 19456
	Parallelism int // default 1
	// Workers is how many passwords are hashed at once. The default, and the
	// maximum, is GOMAXPROCS: more would only take longer.
	Workers int
	// QueueDeadline is how long one waits for a worker before the answer is
	// core.Unavailable; default 2 seconds.
	QueueDeadline time.Duration
	// FirebaseSignerKey, in base64, is the key of the Firebase project whose
	// hashes are imported.
	FirebaseSignerKey core.Secret
}

const (
	minMasterKey    = 32 // characters
	minMemoryKiB    = 8  // per unit of parallelism, says argon2
	maxCodeLifetime = 10 * time.Minute
)

// withDefaults fills in what is zero, and returns every mistake it finds.
func (c Config) withDefaults() (Config, error) {
	if c.Serverless {
		c.Pooler = true
		set(&c.MaxConnections, 2)
	}
	set(&c.MaxConnections, 10)
	set(&c.AccessTokenValidity, time.Hour)
	set(&c.RefreshTokenValidity, 144000*time.Minute)
	set(&c.RefreshGrace, 30*time.Second)
	set(&c.SigningKeyInterval, 168*time.Hour)
	set(&c.KeyOverlap, min(time.Minute, c.SigningKeyInterval/5))
	set(&c.SigningAlgorithm, token.Algorithms()[0])
	set(&c.ResetTokenLifetime, time.Hour)
	set(&c.VerificationTokenLifetime, time.Hour)
	set(&c.VerificationCodeLifetime, maxCodeLifetime)
	set(&c.PasswordlessCodeLifetime, 15*time.Minute)
	set(&c.PasswordlessMaxTries, 5)
	set(&c.TOTPMaxAttempts, 5)
	set(&c.TOTPCooldown, 15*time.Minute)
	set(&c.Passwords.Iterations, 2)
	set(&c.Passwords.MemoryKiB, 19456)
	set(&c.Passwords.Parallelism, 1)
	set(&c.Passwords.Workers, runtime.GOMAXPROCS(0))
	set(&c.Passwords.QueueDeadline, 2*time.Second)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c, errors.Join(c.check()...)
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (c Config) check() (mistakes []error) {
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			mistakes = append(mistakes, fmt.Errorf("engine: Config."+format, args...))
		}
	}
	wrong(!validURI(string(c.Database)), "Database: want sqlite:FILE, sqlite::memory: or postgres://user:password@host/database")
	wrong(c.MaxConnections < 1, "MaxConnections: %d is too few, at least 1 is needed", c.MaxConnections)
	wrong(c.MasterKey != "" && len(c.MasterKey) < minMasterKey, "MasterKey: it is too short, use at least %d random characters", minMasterKey)
	wrong(c.AccessTokenValidity < time.Second, "AccessTokenValidity: %v is too short, use at least a second", c.AccessTokenValidity)
	wrong(c.RefreshTokenValidity <= c.AccessTokenValidity, "RefreshTokenValidity: %v must be longer than AccessTokenValidity, %v", c.RefreshTokenValidity, c.AccessTokenValidity)
	wrong(c.RefreshGrace < 0 || c.RefreshGrace > setting.MaxRefreshGrace, "RefreshGrace: %v must be between 0 and %v", c.RefreshGrace, setting.MaxRefreshGrace)
	wrong(c.SigningKeyInterval < time.Second, "SigningKeyInterval: %v is too short, use hours", c.SigningKeyInterval)
	wrong(c.KeyOverlap < 0 || c.KeyOverlap >= c.SigningKeyInterval, "KeyOverlap: %v must be shorter than SigningKeyInterval, %v", c.KeyOverlap, c.SigningKeyInterval)
	wrong(!slices.Contains(token.Algorithms(), c.SigningAlgorithm), "SigningAlgorithm: %q is unknown, use one of %s", c.SigningAlgorithm, strings.Join(token.Algorithms(), ", "))
	wrong(c.ResetTokenLifetime < 0, "ResetTokenLifetime: %v is negative", c.ResetTokenLifetime)
	wrong(c.VerificationTokenLifetime < 0, "VerificationTokenLifetime: %v is negative", c.VerificationTokenLifetime)
	wrong(c.VerificationCodeLifetime < 0 || c.VerificationCodeLifetime > maxCodeLifetime, "VerificationCodeLifetime: %v must be at most %v", c.VerificationCodeLifetime, maxCodeLifetime)
	wrong(c.PasswordlessCodeLifetime < 0, "PasswordlessCodeLifetime: %v is negative", c.PasswordlessCodeLifetime)
	wrong(c.PasswordlessMaxTries < 1 || c.PasswordlessMaxTries > setting.MaxPasswordlessTries, "PasswordlessMaxTries: %d must be between 1 and %d", c.PasswordlessMaxTries, setting.MaxPasswordlessTries)
	wrong(c.TOTPMaxAttempts < 0 || c.TOTPMaxAttempts > setting.MaxTOTPAttempts, "TOTPMaxAttempts: %d must be between 1 and %d", c.TOTPMaxAttempts, setting.MaxTOTPAttempts)
	wrong(c.TOTPCooldown < 0, "TOTPCooldown: %v is negative", c.TOTPCooldown)
	return append(mistakes, c.Passwords.check()...)
}

func (c PasswordConfig) check() (mistakes []error) {
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			mistakes = append(mistakes, fmt.Errorf("engine: Config.Passwords."+format, args...))
		}
	}
	cores := runtime.GOMAXPROCS(0)
	wrong(c.Iterations < 1, "Iterations: %d is too few, at least 1 is needed", c.Iterations)
	wrong(c.Parallelism < 1 || c.Parallelism > 255, "Parallelism: %d must be between 1 and 255", c.Parallelism)
	wrong(c.MemoryKiB < minMemoryKiB*c.Parallelism, "MemoryKiB: %d is too little, at least %d are needed", c.MemoryKiB, minMemoryKiB*c.Parallelism)
	wrong(c.Workers < 1 || c.Workers > cores, "Workers: %d must be between 1 and the number of cores, %d", c.Workers, cores)
	wrong(c.QueueDeadline < 0, "QueueDeadline: %v is negative", c.QueueDeadline)
	_, err := base64.StdEncoding.DecodeString(string(c.FirebaseSignerKey))
	wrong(err != nil, "FirebaseSignerKey: it is not base64")
	return mistakes
}

func validURI(uri string) bool {
	scheme, rest, _ := strings.Cut(uri, ":")
	return rest != "" && (scheme == "sqlite" || scheme == "postgres" || scheme == "postgresql")
}

func (c Config) database() db.Config {
	d := db.Config{URI: string(c.Database), MaxConnections: c.MaxConnections, Pooler: c.Pooler}
	if f := c.DatabasePassword; f != nil {
		d.Password = func(ctx context.Context) (string, error) {
			password, err := f(ctx)
			return string(password), err
		}
	}
	return d
}

func (c Config) hasher() *password.Hasher {
	p := c.Passwords
	signerKey, _ := base64.StdEncoding.DecodeString(string(p.FirebaseSignerKey)) // checked before
	return password.New(password.Config{
		Params: password.Params{
			Iterations: uint32(p.Iterations), MemoryKiB: uint32(p.MemoryKiB), Parallelism: uint8(p.Parallelism),
		},
		Workers: p.Workers, QueueDeadline: p.QueueDeadline, FirebaseSignerKey: signerKey,
	})
}

func (c Config) values() setting.Values {
	return setting.Values{
		AccessTokenValidity:       c.AccessTokenValidity,
		RefreshTokenValidity:      c.RefreshTokenValidity,
		RefreshGrace:              c.RefreshGrace,
		SigningKeyInterval:        c.SigningKeyInterval,
		KeyOverlap:                c.KeyOverlap,
		SigningAlgorithm:          c.SigningAlgorithm,
		ResetTokenLifetime:        c.ResetTokenLifetime,
		VerificationTokenLifetime: c.VerificationTokenLifetime,
		VerificationCodeLifetime:  c.VerificationCodeLifetime,
		PasswordlessCodeLifetime:  c.PasswordlessCodeLifetime,
		PasswordlessMaxTries:      c.PasswordlessMaxTries,
		TOTPMaxAttempts:           c.TOTPMaxAttempts,
		TOTPCooldown:              c.TOTPCooldown,
	}
}
