package engine_test

import (
	"crypto/sha256"
	"encoding/base64"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/engine/internal/dbtest"
	"github.com/posternauth/postern/engine/internal/roomtest"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/op"
)

func TestConfigMistakes(t *testing.T) {
	t.Parallel()
	_, err := engine.Open(t.Context(), engine.Config{
		Database: "mysql://root:canary@db/x", MaxConnections: -1, MasterKey: "canary", AccessTokenValidity: time.Millisecond,
		RefreshTokenValidity: time.Microsecond, RefreshGrace: time.Hour, SigningKeyInterval: time.Millisecond, KeyOverlap: time.Hour,
		SigningAlgorithm: "HS256", ResetTokenLifetime: -1, VerificationTokenLifetime: -1, VerificationCodeLifetime: time.Hour,
		PasswordlessCodeLifetime: -1, PasswordlessMaxTries: -1, TOTPMaxAttempts: -1, TOTPCooldown: -1,
		Passwords: engine.PasswordConfig{Iterations: -1, MemoryKiB: 1, Parallelism: 300, Workers: 1 << 20, QueueDeadline: -1, FirebaseSignerKey: "%"},
	})
	if err == nil {
		t.Fatal("an engine without a single right setting was opened")
	}
	config := reflect.TypeFor[engine.Config]()
	for i := range config.NumField() {
		switch name := config.Field(i).Name; name {
		case "Pooler", "Serverless", "DatabasePassword", "SkipMigrations", "Now", "Log": // cannot be wrong
		case "Passwords":
			passwords := reflect.TypeFor[engine.PasswordConfig]()
			for i := range passwords.NumField() {
				wantLine(t, err, "engine: Config.Passwords."+passwords.Field(i).Name+": ")
			}
		default:
			wantLine(t, err, "engine: Config."+name+": ")
		}
	}
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("a secret is in the message: %v", err)
	}
}

func wantLine(t *testing.T, err error, prefix string) {
	t.Helper()
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if strings.HasPrefix(line, prefix) {
			return
		}
	}
	t.Errorf("no line begins with %q in:\n%v", prefix, err)
}

func TestSchemaVersions(t *testing.T) {
	t.Parallel()
	testdb.EachEmpty(t, func(t *testing.T, uri string) {
		cfg := engine.Config{Database: core.Secret(uri), SkipMigrations: true}
		if _, err := engine.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "run `postern migrate`") {
			t.Errorf("an empty database was opened without migrations: %v", err)
		}
		from, to, err := engine.Migrate(t.Context(), cfg)
		if from != 0 || to < 1 || err != nil {
			t.Errorf("migrated from %d to %d, %v", from, to, err)
		}
		e, err := engine.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		dbtest.Exec(t, e.Kernel().DB, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`)
		for _, skip := range []bool{true, false} {
			cfg.SkipMigrations = skip
			if _, err := engine.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "use the newer program") {
				t.Errorf("a newer schema was opened: %v", err)
			}
		}
	})
}

// TestUnknownApp calls every operation of an app that does not exist.
func TestUnknownApp(t *testing.T) {
	t.Parallel()
	e := roomtest.Open(t, testdb.SQLite(t))
	elsewhere := map[string]string{
		"Users.SearchTags":      "the same for every app",
		"Session.Verify":        "junk is refused before any key is looked for",
		"Session.Regenerate":    "and here",
		"Session.ChangePayload": "and here",
		"Tenant.RemoveApp":      "forbidden wherever one comes from",

		"Tenant.RemoveDomain": "and this",
	}
	for _, f := range op.Fields(e.App("no-such-app"), "cdi") {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if why, other := elsewhere[f.Name]; other {
				t.Skip(why)
			}
			_, err := f.Call(t.Context(), func(in any) error {
				to := reflect.ValueOf(in).Elem()
				if given, is := chosen()[f.Name]; is {
					to.Set(reflect.ValueOf(given))
				} else {
					fill(to)
				}
				return nil
			})
			if missing, is := err.(*core.TenantNotFound); !is || missing.AppID != "no-such-app" || missing.TenantID != "" {
				t.Errorf("err = %v, want that the app does not exist", err)
			}
		})
	}
	if e.Count(t, "key_values")+e.Count(t, "signing_keys")+e.Count(t, "user_metadata") != 0 {
		t.Error("something was written for an app that does not exist")
	}
}

// chosen are the inputs in which not every field may be filled.
func chosen() map[string]any {
	login := core.ThirdPartyEmail{ID: "a@example.com"}
	device := core.Secret(base64.StdEncoding.EncodeToString(make([]byte, 32)))
	hash := sha256.Sum256(make([]byte, 32))
	code := core.ConsumeCode{PreAuthSessionID: base64.RawURLEncoding.EncodeToString(hash[:]), DeviceID: device, UserInputCode: "1"}
	return map[string]any{
		"Dashboard.CreateUser":     core.CreateDashboardUser{Email: "a@example.com", Password: "password1"},
		"Passwordless.CheckCode":   code,
		"Passwordless.ConsumeCode": code,
		"Passwordless.CreateCode":  core.CreateCode{Email: "a@example.com"},
		"Passwordless.ListCodes":   core.ListCodes{DeviceID: device},
		"Passwordless.RevokeCode":  core.RevokeCode{CodeID: "c"},
		"Passwordless.RevokeCodes": core.RevokeCodes{PhoneNumber: "+14155550100"},
		"Tenant.RemoveProvider":    core.RemoveProvider{ThirdPartyID: "google"},
		"Tenant.SetProvider":       core.SetProvider{Config: core.Object{"thirdPartyId": []byte(`"google"`)}},
		"ThirdPartyLogin.SignInUp": core.ThirdPartySignInUp{ThirdPartyID: "google", ThirdPartyUserID: "1", Email: login},
		"UserIDMapping.Delete":     core.DeleteUserIDMapping{UserID: "u"},
		"UserIDMapping.Read":       core.ReadUserIDMapping{UserID: "u"},
		"UserIDMapping.SetInfo":    core.SetUserIDMappingInfo{UserID: "u"},
	}
}

// fill makes an input that is refused for nothing but the app.
func fill(in reflect.Value) {
	values := map[string]string{
		"Email": "a@example.com", "Method": "token", "Algorithm": "RS256", "AppID": "no-such-app",
		"PasswordHash": "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		// Optional, and refused with these values.
		"HashingAlgorithm": "", "TimeJoinedOrder": "", "PaginationToken": "", "ThirdPartyID": "", "ThirdPartyUserID": "",
	}
	for i := range in.NumField() {
		field, name := in.Field(i), in.Type().Field(i).Name
		switch {
		case in.Type().Field(i).Tag.Get("path") != "": // the tenant public
		case field.Kind() == reflect.String:
			value, special := values[name]
			if !special {
				value = "text"
			}
			field.SetString(value)
		case field.Kind() == reflect.Int64:
			field.SetInt(60)
		case name == "Budgets":
			field.Set(reflect.ValueOf([]core.Budget{{Key: "k", Burst: 1, RefillMs: 1}}))
		}
	}
}
