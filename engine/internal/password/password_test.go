package password

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/posternauth/postern/core"
)

const firebaseSigner = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="

func newHasher(t testing.TB, change ...func(*Config)) *Hasher {
	t.Helper()
	signer, err := base64.StdEncoding.DecodeString(firebaseSigner)
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Params: Params{Iterations: 1, MemoryKiB: 64, Parallelism: 1}, Workers: 2,
		QueueDeadline: time.Minute, FirebaseSignerKey: signer,
	}
	for _, f := range change {
		f(&cfg)
	}
	return New(cfg)
}

// TestVectors verifies hashes that others published.
func TestVectors(t *testing.T) {
	t.Parallel()
	h := newHasher(t)
	tests := map[string]struct{ hash, password string }{
		"argon2id":  {"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password"},
		"argon2i":   {"$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8", "password"},
		"bcrypt 2a": {"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
		"bcrypt 2b": {"$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
		"bcrypt 2y": {"$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
		"bcrypt of more than 72 bytes": {"$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
			"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored"},
		"Firebase": {"$f_scrypt$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==$42xEC+ixf3L2lw==$m=14$r=8$s=Bw==",
			"user1password"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := h.Check(core.Secret(tt.hash), ""); err != nil {
				t.Fatal(err)
			}
			ok, stale, err := h.Verify(t.Context(), tt.hash, core.Secret(tt.password))
			if !ok || stale == (name == "bcrypt of more than 72 bytes") || err != nil {
				t.Errorf("right password: %v, stale %v, %v", ok, stale, err)
			}
			ok, _, err = h.Verify(t.Context(), tt.hash, core.Secret("X"+tt.password))
			if ok || err != nil {
				t.Errorf("wrong password: %v, %v", ok, err)
			}
		})
	}
}

func TestHash(t *testing.T) {
	t.Parallel()
	h := newHasher(t)
	for _, password := range []core.Secret{"x", " with spaces ", "ünï\x00\xff", core.Secret(strings.Repeat("long", 256))} {
		hash, err := h.Hash(t.Context(), password)
		if err != nil {
			t.Fatal(err)
		}
		if ok, stale, err := h.Verify(t.Context(), hash, password); !ok || stale || err != nil {
			t.Errorf("%s: %v, stale %v, %v", hash, ok, stale, err)
		}
		if ok, _, _ := h.Verify(t.Context(), hash, password+"x"); ok {
			t.Errorf("%s accepts another password", hash)
		}
		other := newHasher(t, func(c *Config) { c.Iterations = 2 })
		if ok, stale, err := other.Verify(t.Context(), hash, password); !ok || !stale || err != nil {
			t.Errorf("with other costs: %v, stale %v, %v", ok, stale, err)
		}
	}
	if err := h.VerifyNone(t.Context(), "x"); err != nil {
		t.Error(err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const (
		sum       = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
		argon2    = "Password hash is in invalid Argon2 format"
		bcrypt    = "Password hash is in invalid BCrypt format"
		firebase  = "Password hash is in invalid Firebase SCrypt format"
		costs     = ": it costs too much"
		bcryptSum = "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
	)
	tests := map[string]struct{ hash, algorithm, want string }{
		"empty":                   {"", "", "Password hash cannot be an empty string"},
		"plain text":              {"secret", "", "Password hash is in invalid format"},
		"unknown algorithm":       {"$2a$05$" + bcryptSum, "md5", "Unsupported password hashing algorithm"},
		"in capitals":             {"$2a$05$" + bcryptSum, "BCRYPT", ""},
		"named wrongly":           {"$2a$05$" + bcryptSum, "argon2", argon2},
		"named wrongly too":       {"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$" + sum, "bcrypt", bcrypt},
		"argon2 4 GiB":            {"$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$" + sum, "", argon2 + costs},
		"argon2 overflow":         {"$argon2id$v=19$m=262144,t=16385,p=1$c29tZXNhbHQ$" + sum, "", argon2 + costs},
		"argon2 at the cap":       {"$argon2id$v=19$m=262144,t=4,p=1$c29tZXNhbHQ$" + sum, "", ""},
		"argon2 no iterations":    {"$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$" + sum, "", argon2},
		"argon2 old version":      {"$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$" + sum, "", argon2},
		"argon2 short sum":        {"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$AAAA", "", argon2},
		"argon2 short salt":       {"$argon2id$v=19$m=256,t=2,p=1$AAAA$" + sum, "", argon2},
		"argon2 unknown variant":  {"$argon2x$v=19$m=256,t=2,p=1$c29tZXNhbHQ$" + sum, "", argon2},
		"argon2 trailing":         {"$argon2id$v=19$m=256,t=2,p=1 $c29tZXNhbHQ$" + sum, "", argon2},
		"bcrypt cost 31":          {"$2a$31$" + bcryptSum, "", bcrypt + costs},
		"bcrypt cost 32":          {"$2a$32$" + bcryptSum, "", bcrypt},
		"bcrypt cut":              {"$2a$05$CCCC", "", bcrypt},
		"bcrypt unknown variant":  {"$2z$05$" + bcryptSum, "", bcrypt},
		"Firebase costs":          {"$f_scrypt$AAAA$AAAA$m=20$r=8$s=Bw==", "", firebase + costs},
		"Firebase swapped":        {"$f_scrypt$AAAA$AAAA$r=8$m=14$s=Bw==", "", firebase},
		"Firebase not base64":     {"$f_scrypt$?$AAAA$m=14$r=8$s=Bw==", "", firebase},
		"Firebase without memory": {"$f_scrypt$AAAA$AAAA$m=$r=8$s=Bw==", "", firebase},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := newHasher(t).Check(core.Secret(tt.hash), tt.algorithm)
			var bad *core.BadInput
			switch {
			case tt.want == "" && err != nil, tt.want != "" && !errors.As(err, &bad):
				t.Errorf("err = %v", err)
			case tt.want != "" && !strings.HasPrefix(bad.Message, tt.want):
				t.Errorf("err = %q, want %q", bad.Message, tt.want)
			}
		})
	}
	without := newHasher(t, func(c *Config) { c.FirebaseSignerKey = nil })
	if err := without.Check("$f_scrypt$AAAA$AAAA$m=14$r=8$s=Bw==", ""); err == nil {
		t.Error("a Firebase hash was accepted without the signer key")
	}
}

// TestQueue fills the pool: the next one waits until its deadline, and one
// whose caller has gone does not.
func TestQueue(t *testing.T) {
	t.Parallel()
	h := newHasher(t, func(c *Config) { c.QueueDeadline = time.Millisecond })
	for range h.cfg.Workers {
		h.turns <- struct{}{}
	}
	var down *core.Unavailable
	if _, err := h.Hash(t.Context(), "x"); !errors.As(err, &down) {
		t.Errorf("err = %v, want Unavailable", err)
	}
	h.waiting.Store(maxWaiting)
	if _, err := h.Hash(t.Context(), "x"); !errors.As(err, &down) {
		t.Errorf("err = %v, want Unavailable", err)
	}
	if n := h.waiting.Load(); n != maxWaiting {
		t.Errorf("%d wait, want %d", n, maxWaiting)
	}
	patient := newHasher(t, func(c *Config) { c.Workers = 1 })
	patient.turns <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := patient.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want that the caller has gone", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Add("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
	f.Add("$f_scrypt$AAAA$AAAA$m=14$r=8$s=Bw==")
	f.Fuzz(func(t *testing.T, hash string) {
		s, err := parse(hash)
		if a, ok := s.(argon2Hash); ok && err == nil && a.String() != hash {
			t.Errorf("%q was read as %q", hash, a)
		}
	})
}

// TestLongBCrypt: a hash that knows only the beginning of a password is never
// replaced by one of something that merely begins like it.
func TestLongBCrypt(t *testing.T) {
	t.Parallel()
	long := core.Secret(strings.Repeat("0123456789abcdef", 5))
	hash, err := bcrypt.GenerateFromPassword([]byte(long[:72]), 4)
	if err != nil {
		t.Fatal(err)
	}
	h := newHasher(t)
	for given, wantStale := range map[core.Secret]bool{long[:72]: true, long: false, long[:72] + "anything": false} {
		if ok, stale, err := h.Verify(t.Context(), string(hash), given); !ok || stale != wantStale || err != nil {
			t.Errorf("%d bytes: %v, stale %v, %v", len(given), ok, stale, err)
		}
	}
}
