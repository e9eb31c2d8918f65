package token

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/posternauth/postern/core"
)

var testKey = RefreshKey("0123456789abcdef0123456789abcdef")

func TestRefreshToken(t *testing.T) {
	t.Parallel()
	for _, tenant := range []string{"", "t1", strings.Repeat("t", maxTenantSize)} {
		first := testKey.New(uuid.New(), tenant, true)
		second := testKey.Successor(first)
		if second.Generation != 1 || second.secret == first.secret || second != testKey.Successor(first) {
			t.Errorf("successor of %v is %v", first, second)
		}
		for _, r := range []Refresh{first, second} {
			got, err := testKey.Parse(testKey.Encode(r))
			if err != nil || got != r {
				t.Errorf("read back %v, %v, want %v", got, err, r)
			}
		}
		if a, b := testKey.AntiCSRFToken(first), testKey.AntiCSRFToken(second); a == b || uuid.Validate(a) != nil {
			t.Errorf("anti-CSRF tokens %q and %q", a, b)
		}
	}
	if r := testKey.New(uuid.New(), "", false); testKey.AntiCSRFToken(r) != "" {
		t.Error("an anti-CSRF token that nobody asked for")
	}
}

func TestRefreshTokenRefused(t *testing.T) {
	t.Parallel()
	good := testKey.Encode(testKey.New(uuid.New(), "t1", false))
	other := RefreshKey("another app, another key, 32 byte")
	ofPublic := testKey.Encode(testKey.New(uuid.New(), "", false)) // its last character holds bits of no byte
	tests := map[string]string{
		"empty":          "",
		"junk":           "not a token",
		"cut":            good[:len(good)-1],
		"longer":         good + "A",
		"a line break":   good[:10] + "\n" + good[10:],
		"loose bits":     ofPublic[:len(ofPublic)-1] + string(ofPublic[len(ofPublic)-1]+1),
		"flipped":        good[:9] + flip(good[9]) + good[10:],
		"of another app": other.Encode(other.New(uuid.New(), "t1", false)),
		"far too long":   strings.Repeat("A", 1<<20),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if r, err := testKey.Parse(text); !errors.Is(err, ErrRefreshToken) {
				t.Errorf("got %v, %v", r, err)
			}
		})
	}
}

func flip(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

func FuzzParseRefresh(f *testing.F) {
	f.Add(testKey.Encode(testKey.New(uuid.New(), "t1", true)))
	f.Add("AQ")
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := testKey.Parse(text); err == nil && testKey.Encode(r) != text {
			t.Errorf("%q was read as %v", text, r)
		}
	})
}

// newKey returns a usable key.
func newKey(t testing.TB, k Key) *Key {
	t.Helper()
	if k.Algorithm == "" {
		k.Algorithm = "EdDSA"
	}
	private, err := Generate(k.Algorithm)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Load(private); err != nil {
		t.Fatal(err)
	}
	return &k
}

func TestAccessToken(t *testing.T) {
	t.Parallel()
	antiCSRF := "x"
	want := Access{
		UserID: "u", RecipeUserID: "r", TenantID: "public", Handle: "h", RefreshHash: "hash",
		IssuedAt: 1000, ExpiresAt: 2000, AntiCSRF: &antiCSRF,
	}
	for _, algorithm := range Algorithms() {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			key := newKey(t, Key{ID: "d-1", Algorithm: algorithm})
			signed := want
			signed.Payload = json.RawMessage(`{"SUB":"someone else","n":1.50}`)
			text, err := key.SignAccess(signed)
			if err != nil {
				t.Fatal(err)
			}
			got, payload, err := ParseAccess(text, func(string) (*Key, error) { return key, nil })
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("claims: %v\n%s", err, diff)
			}
			if diff := cmp.Diff(core.Object{"SUB": json.RawMessage(`"someone else"`), "n": json.RawMessage("1.50")}, payload); diff != "" {
				t.Errorf("payload:\n%s", diff)
			}
		})
	}
}

func TestAccessTokenRefused(t *testing.T) {
	t.Parallel()
	key, other := newKey(t, Key{ID: "d-1"}), newKey(t, Key{ID: "d-1"})
	rsaKey := newKey(t, Key{ID: "d-1", Algorithm: "RS256"})
	access := Access{UserID: "u", RecipeUserID: "r", TenantID: "public", Handle: "h", RefreshHash: "hash", IssuedAt: 1, ExpiresAt: 2}
	good, err := key.SignAccess(access)
	if err != nil {
		t.Fatal(err)
	}
	plain, _ := key.Sign([]byte(`{"sub":"u"}`))
	access.Payload = json.RawMessage(`{"stt":1}`)
	otherPurpose, _ := key.SignAccess(access)
	header, rest, _ := strings.Cut(good, ".")
	tests := map[string]struct {
		text string
		key  *Key
		want string
	}{
		"empty":             {"", key, "malformed"},
		"junk":              {"a.b.c", key, "malformed"},
		"no algorithm":      {"eyJhbGciOiJub25lIn0." + strings.Split(rest, ".")[0] + ".", key, "malformed"},
		"too long":          {header + "." + strings.Repeat("A", maxAccessSize), key, "too long"},
		"no key":            {good, nil, "Key not found"},
		"wrong key":         {good, other, "signature"},
		"wrong algorithm":   {good, rsaKey, "algorithm"},
		"not of a session":  {plain, key, "type or version"},
		"another stt claim": {otherPurpose, key, "not the access token"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := ParseAccess(tt.text, func(string) (*Key, error) { return tt.key, nil })
			var no *InvalidError
			if !errors.As(err, &no) || !strings.Contains(no.Message, tt.want) {
				t.Errorf("err = %v, want one with %q", err, tt.want)
			}
		})
	}
}

func FuzzParseAccess(f *testing.F) {
	key := newKey(f, Key{ID: "d-1"})
	good, _ := key.SignAccess(Access{UserID: "u", RecipeUserID: "u", TenantID: "public", Handle: "h", RefreshHash: "h"})
	f.Add(good)
	f.Fuzz(func(t *testing.T, text string) {
		a, _, err := ParseAccess(text, func(string) (*Key, error) { return key, nil })
		if err == nil && a.UserID != "u" {
			t.Errorf("%q was read as %v", text, a)
		}
	})
}

// TestRing follows the keys of slots of 100 with an overlap of 10 and tokens
// that live 20.
func TestRing(t *testing.T) {
	t.Parallel()
	s := Schedule{Interval: 100, Overlap: 10, Validity: 20}
	dynamic := func(slot, created int64) *Key {
		return newKey(t, Key{ID: string(rune('a' + slot/100)), Kind: Dynamic, Slot: slot, CreatedAt: created, VerifyUntil: s.VerifyUntil(slot)})
	}
	static := newKey(t, Key{ID: "s", Kind: Static})
	a, b, late := dynamic(0, 5), dynamic(100, 90), dynamic(100, 105)
	tests := map[string]struct {
		keys      []*Key
		now       int64
		missing   []int64
		signer    string
		published string
	}{
		"nothing yet":                 {nil, 5, []int64{0}, "", ""},
		"the first signs at once":     {[]*Key{a}, 5, nil, "a", "a"},
		"the next is due":             {[]*Key{a}, 90, []int64{100}, "a", "a"},
		"the next waits for its slot": {[]*Key{a, b}, 99, nil, "a", "ba"},
		"the next signs":              {[]*Key{b, a}, 100, nil, "b", "ba"},
		"a late one ripens first":     {[]*Key{a, late}, 110, nil, "a", "ba"},
		"a late one is ripe":          {[]*Key{a, late}, 115, nil, "b", "ba"},
		"the old one verifies still":  {[]*Key{a, b}, 150, nil, "b", "ba"},
		"the old one has gone":        {[]*Key{a, b}, 151, nil, "b", "b"},
		"long asleep":                 {[]*Key{a}, 1000, []int64{1000}, "", ""},
		"static keys come last":       {[]*Key{static, a}, 5, nil, "a", "as"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ring := NewRing(s, tt.keys)
			if diff := cmp.Diff(tt.missing, ring.Missing(tt.now)); diff != "" {
				t.Errorf("missing:\n%s", diff)
			}
			signer := ""
			if k := ring.Signer(tt.now); k != nil {
				signer = k.ID
			}
			if signer != tt.signer {
				t.Errorf("%q signs, want %q", signer, tt.signer)
			}
			published := ""
			for _, k := range ring.Public(tt.now) {
				published += k.KeyID
				if !k.IsPublic() || k.Use != "sig" || k.Algorithm == "" {
					t.Errorf("published %+v", k)
				}
			}
			if published != tt.published {
				t.Errorf("published %q, want %q", published, tt.published)
			}
		})
	}
	if age := NewRing(Schedule{Interval: 100e3, Overlap: 10e3}, nil).MaxAge(20e3); age != 70 {
		t.Errorf("max age = %d s, want 70", age)
	}
}
