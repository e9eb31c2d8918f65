package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
)

// settings are what a core server is run with, from a file and from the
// environment. Their names are those that users of the ecosystem have.
type settings struct {
	engine.Config
	host, port string
	apiKeys    []core.Secret
	basePath   string
	logLevel   string
	postgres   struct{ uri, host, port, user, password, database, schema string }
}

// setting is one name: what it means, and how its text is read.
type setting struct {
	name  string
	env   string // if not the name in upper case
	about string
	set   func(*settings, string) error
}

// knownSettings returns every setting, in the order of the documentation.
func knownSettings() []setting {
	ignored := func(*settings, string) error { return nil }
	return []setting{
		{"host", "SUPERTOKENS_HOST", "address to listen on; default localhost", into(func(s *settings) *string { return &s.host })},
		{"port", "SUPERTOKENS_PORT", "port to listen on; default 3567", into(func(s *settings) *string { return &s.port })},
		{"base_path", "", "prefix of all paths", into(func(s *settings) *string { return &s.basePath })},
		{"api_keys", "", "keys that clients must send, separated by commas; at least 20 characters each. Without them the core serves only programs on this machine, unless `--insecure-no-api-key` (`POSTERN_INSECURE_NO_API_KEY`) says otherwise", setAPIKeys},
		{"log_level", "", "DEBUG, INFO (default), WARN, ERROR or NONE", into(func(s *settings) *string { return &s.logLevel })},
		{"access_token_validity", "", "seconds; default 3600", lasting(time.Second, func(s *settings) *time.Duration { return &s.AccessTokenValidity })},
		{"refresh_token_validity", "", "minutes; default 144000", lasting(time.Minute, func(s *settings) *time.Duration { return &s.RefreshTokenValidity })},
		{"refresh_token_rotation_grace_period", "", "seconds; default 30", lasting(time.Second, func(s *settings) *time.Duration { return &s.RefreshGrace })},
		{"access_token_dynamic_signing_key_update_interval", "", "hours; default 168", lasting(time.Hour, func(s *settings) *time.Duration { return &s.SigningKeyInterval })},
		{"password_reset_token_lifetime", "", "milliseconds; default 3600000", lasting(time.Millisecond, func(s *settings) *time.Duration { return &s.ResetTokenLifetime })},
		{"email_verification_token_lifetime", "", "milliseconds; default 3600000", lasting(time.Millisecond, func(s *settings) *time.Duration { return &s.VerificationTokenLifetime })},
		{"passwordless_code_lifetime", "", "milliseconds; default 900000", lasting(time.Millisecond, func(s *settings) *time.Duration { return &s.PasswordlessCodeLifetime })},
		{"passwordless_max_code_input_attempts", "", "wrong codes before one has to start anew; default 5, at most 100", number(func(s *settings) *int { return &s.PasswordlessMaxTries })},
		{"totp_max_attempts", "", "wrong codes of a second factor in a row; default 5, at most 100", number(func(s *settings) *int { return &s.TOTPMaxAttempts })},
		{"totp_rate_limit_cooldown_sec", "", "seconds without a try after that; default 900", lasting(time.Second, func(s *settings) *time.Duration { return &s.TOTPCooldown })},
		{"argon2_iterations", "", "default 2", number(func(s *settings) *int { return &s.Passwords.Iterations })},
		{"argon2_memory_kb", "", "default 19456", number(func(s *settings) *int { return &s.Passwords.MemoryKiB })},
		{"argon2_parallelism", "", "default 1", number(func(s *settings) *int { return &s.Passwords.Parallelism })},
		{"argon2_hashing_pool_size", "", "passwords hashed at once; default and maximum one a core", number(func(s *settings) *int { return &s.Passwords.Workers })},
		{"firebase_password_hashing_signer_key", "", "key of the Firebase project whose hashes are imported", secret(func(s *settings) *core.Secret { return &s.Passwords.FirebaseSignerKey })},
		{"postgresql_connection_uri", "", "postgresql://user:secret@host:5432/database", into(func(s *settings) *string { return &s.postgres.uri })},
		{"postgresql_host", "", "default localhost", into(func(s *settings) *string { return &s.postgres.host })},
		{"postgresql_port", "", "default 5432", into(func(s *settings) *string { return &s.postgres.port })},
		{"postgresql_user", "", "", into(func(s *settings) *string { return &s.postgres.user })},
		{"postgresql_password", "", "", into(func(s *settings) *string { return &s.postgres.password })},
		{"postgresql_database_name", "", "default supertokens", into(func(s *settings) *string { return &s.postgres.database })},
		{"postgresql_table_schema", "", "default public", into(func(s *settings) *string { return &s.postgres.schema })},
		{"postgresql_connection_pool_size", "", "connections at most; default 10", number(func(s *settings) *int { return &s.MaxConnections })},
		{"database", "POSTERN_DB", "sqlite:FILE or postgres://…, instead of the postgresql_ settings", secret(func(s *settings) *core.Secret { return &s.Database })},
		{"pooler", "POSTERN_POOLER", "true behind a transaction pooler", func(s *settings, v string) (err error) { s.Pooler, err = strconv.ParseBool(v); return err }},
		{"master_key", "POSTERN_MASTER_KEY", "encrypts signing keys, secrets of second factors and the providers of tenants in the database; at least 32 characters", secret(func(s *settings) *core.Secret { return &s.MasterKey })},
		{"signing_algorithm", "POSTERN_SIGNING_ALGORITHM", "RS256 (default), ES256 or EdDSA", into(func(s *settings) *string { return &s.SigningAlgorithm })},
		// These mean nothing here, and are no mistake.
		{"core_config_version", "", "accepted and ignored", ignored},
		{"postgresql_config_version", "", "accepted and ignored", ignored},
		{"disable_telemetry", "", "accepted and ignored: there is none", ignored},
		{"max_server_pool_size", "", "accepted and ignored: requests need no threads", ignored},
		{"password_hashing_alg", "", "accepted and ignored: new hashes are argon2id, others are verified", ignored},
		{"bcrypt_log_rounds", "", "accepted and ignored", ignored},
		{"info_log_path", "", "accepted and ignored: logs go to standard error", ignored},
		{"error_log_path", "", "accepted and ignored", ignored},
	}
}

func into(field func(*settings) *string) func(*settings, string) error {
	return func(s *settings, v string) error { *field(s) = v; return nil }
}

func secret(field func(*settings) *core.Secret) func(*settings, string) error {
	return func(s *settings, v string) error { *field(s) = core.Secret(v); return nil }
}

func number(field func(*settings) *int) func(*settings, string) error {
	return func(s *settings, v string) (err error) {
		if *field(s), err = strconv.Atoi(v); err != nil {
			return errors.New("is not a whole number")
		}
		return nil
	}
}

func lasting(unit time.Duration, field func(*settings) *time.Duration) func(*settings, string) error {
	return func(s *settings, v string) error {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || n <= 0 || n > float64(1<<62)/float64(unit) {
			return errors.New("is not a positive number")
		}
		*field(s) = time.Duration(n * float64(unit))
		return nil
	}
}

func setAPIKeys(s *settings, v string) error {
	for key := range strings.SplitSeq(strings.Join(strings.Fields(v), ""), ",") {
		if key != "" {
			s.apiKeys = append(s.apiKeys, core.Secret(key))
		}
	}
	return nil
}

// readSettings reads a file, if there is one, and then the environment, which
// wins. It reports every mistake, each with its name.
func readSettings(file string, env func(string) (string, bool)) (settings, error) {
	var s settings
	values, err := readFile(file)
	errs := []error{err}
	for _, known := range knownSettings() {
		name := cmp.Or(known.env, strings.ToUpper(known.name))
		if v, ok := env(name); ok && v != "" {
			values[known.name] = v
		}
		if v, ok := values[known.name]; ok {
			if err := known.set(&s, v); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", known.name, err))
			}
			delete(values, known.name)
		}
	}
	for name := range values {
		errs = append(errs, fmt.Errorf("%s: there is no such setting%s", name, suggest(name)))
	}
	if s.Database == "" {
		s.Database = s.postgresURI()
	}
	return s, errors.Join(errs...)
}

// readFile reads a YAML file of names and plain values. null means not set.
func readFile(file string) (map[string]string, error) {
	values := map[string]string{}
	if file == "" {
		return values, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return values, err
	}
	var nodes map[string]yaml.Node
	if err := yaml.Unmarshal(text, &nodes); err != nil {
		return values, fmt.Errorf("%s: %w", file, err)
	}
	for name, node := range nodes {
		switch {
		case node.Tag == "!!null":
		case node.Kind == yaml.ScalarNode:
			values[name] = node.Value
		default:
			err = errors.Join(err, fmt.Errorf("%s: has to be a plain value", name))
		}
	}
	return values, err
}

// postgresURI puts the single settings of PostgreSQL together; empty when
// there are none.
func (s *settings) postgresURI() core.Secret {
	p := s.postgres
	if p.uri == "" && p.user == "" {
		return ""
	}
	u, err := url.Parse(p.uri)
	if err != nil || p.uri == "" {
		u = &url.URL{
			Scheme: "postgresql", User: url.UserPassword(p.user, p.password),
			Host: net.JoinHostPort(cmp.Or(p.host, "localhost"), cmp.Or(p.port, "5432")), Path: "/" + cmp.Or(p.database, "supertokens"),
		}
	}
	query := u.Query()
	if schema := cmp.Or(p.schema, query.Get("currentSchema")); schema != "" {
		query.Set("search_path", schema)
	}
	query.Del("currentSchema")
	u.RawQuery = query.Encode()
	return core.Secret(u.String())
}

// suggest names the setting that was probably meant.
func suggest(name string) string {
	best, distance := "", 4
	for _, known := range knownSettings() {
		if d := editDistance(strings.ToLower(name), known.name); d < distance {
			best, distance = known.name, d
		}
	}
	if best == "" {
		return "; see docs/operation.md"
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

// editDistance is how many letters have to change to make a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		above := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := above
			if a[i] != b[j] {
				cost = 1 + slices.Min([]int{above, row[j], row[j+1]})
			}
			above, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
