package session

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	exact "github.com/go-jose/go-jose/v4/json"
)

// token makes an unsigned token of a header and a payload.
func token(header, payload string) string {
	e := base64.RawURLEncoding.EncodeToString
	return e([]byte(header)) + "." + e([]byte(payload)) + "." + e([]byte("signature"))
}

const goodHeader = `{"alg":"RS256","typ":"JWT","version":"5","kid":"d-1"}`

func goodPayload() map[string]any {
	return map[string]any{
		"sub": "u", "rsub": "r", "tId": "t1", "iat": 1, "exp": 2, "sessionHandle": "h",
		"refreshTokenHash1": "x", "parentRefreshTokenHash1": nil, "antiCsrfToken": nil, "iss": "https://a",
	}
}

// TestParse is the table of what is an access token of ours (FDI §3.6).
func TestParse(t *testing.T) {
	t.Parallel()
	with := func(changes map[string]any) string {
		p := goodPayload()
		for k, v := range changes {
			if p[k] = v; v == "absent" {
				delete(p, k)
			}
		}
		b, _ := json.Marshal(p)
		return string(b)
	}
	for name, tt := range map[string]struct {
		header, payload string
		ok              bool
	}{
		"version 5":           {goodHeader, with(nil), true},
		"version 4":           {strings.Replace(goodHeader, `"5"`, `"4"`, 1), with(map[string]any{"rsub": "absent"}), true},
		"version 3":           {strings.Replace(goodHeader, `"5"`, `"3"`, 1), with(map[string]any{"rsub": "absent", "tId": "absent"}), true},
		"no version":          {`{"alg":"RS256","typ":"JWT","kid":"d-1"}`, with(nil), false},
		"version 2":           {strings.Replace(goodHeader, `"5"`, `"2"`, 1), with(nil), false},
		"version 5, no rsub":  {goodHeader, with(map[string]any{"rsub": "absent"}), false},
		"version is a number": {`{"alg":"RS256","typ":"JWT","version":5,"kid":"d-1"}`, with(nil), false},
		"no kid":              {`{"alg":"RS256","typ":"JWT","version":"5"}`, with(nil), false},
		"another type":        {`{"alg":"RS256","typ":"at+jwt","version":"5","kid":"d-1"}`, with(nil), false},
		"alg none":            {`{"alg":"none","typ":"JWT","version":"5","kid":"d-1"}`, with(nil), false},
		"alg HS256":           {`{"alg":"HS256","typ":"JWT","version":"5","kid":"d-1"}`, with(nil), false},
		"token type 0":        {goodHeader, with(map[string]any{"stt": 0}), true},
		"token type 1":        {goodHeader, with(map[string]any{"stt": 1}), false},
		"exp is text":         {goodHeader, with(map[string]any{"exp": "2"}), false},
		"exp is fractional":   {goodHeader, with(map[string]any{"exp": 2.5}), false},
		"exp has an exponent": {goodHeader, strings.Replace(with(nil), `"exp":2`, `"exp":2e0`, 1), false},
		"no handle":           {goodHeader, with(map[string]any{"sessionHandle": "absent"}), false},
		"no refresh hash":     {goodHeader, with(map[string]any{"refreshTokenHash1": "absent"}), false},
		"payload is an array": {goodHeader, `[]`, false},
		"payload is null":     {goodHeader, `null`, false},
		"a claim twice":       {goodHeader, strings.Replace(with(nil), `{`, `{"sub":"mallory",`, 1), false},
		"a claim spelt twice": {goodHeader, strings.Replace(with(nil), `{`, `{"s\u0075b":"mallory",`, 1), false},
		"our claims escaped":  {goodHeader, strings.Replace(with(nil), `"sub":"u"`, `"s\u0075b":"\u0075"`, 1), true},
		"a user's twice":      {goodHeader, strings.Replace(with(nil), `{`, `{"x":1,"x":1,`, 1), false},
		"a claim like ours":   {goodHeader, with(map[string]any{"Sub": "mallory", "SESSIONHANDLE": "x"}), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parse(token(tt.header, tt.payload), new(headerCache))
			if (err == nil) != tt.ok {
				t.Fatalf("err = %v, want ok %v", err, tt.ok)
			}
			if err == nil && (got.userID != "u" || got.handle != "h" || got.expires != 2) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestFrontToken(t *testing.T) {
	t.Parallel()
	payload, _ := json.Marshal(goodPayload())
	got, err := parse(token(goodHeader, string(payload)), new(headerCache))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(got.frontToken())
	if want := `{"uid":"u","ate":2000,"up":` + string(payload) + `}`; err != nil || string(raw) != want {
		t.Errorf("got  %s, %v\nwant %s", raw, err, want)
	}
}

// TestCacheIsBounded holds that remembered tokens are forgotten.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := tokenCache{size: 10}
	for i := range 1000 {
		c.add(strings.Repeat("x", i), verifiedToken{})
		if n := len(c.young) + len(c.older); n > 10 {
			t.Fatalf("%d tokens remembered, want at most 10", n)
		}
	}
	if _, ok := c.find(strings.Repeat("x", 999)); !ok {
		t.Error("the newest token is forgotten")
	}
}

func FuzzAccessToken(f *testing.F) {
	payload, _ := json.Marshal(goodPayload())
	for _, s := range []string{token(goodHeader, string(payload)), "..", "a.b.c", token(`{}`, `{}`), token(goodHeader, `{"sub":"\u0041"}`)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := parse(s, new(headerCache))
		if err != nil {
			return
		}
		_ = got.expired(time.Now())
		if front, err := base64.StdEncoding.DecodeString(got.frontToken()); err != nil || !json.Valid(front) {
			t.Errorf("%q gives the front token %q, %v", s, front, err)
		}
	})
}

// FuzzClaims compares with what the JSON library of go-jose reads, which takes
// names exactly and none twice.
func FuzzClaims(f *testing.F) {
	payload, _ := json.Marshal(goodPayload())
	good := string(payload)
	for _, s := range []string{
		good, strings.Replace(good, `{`, `{"Sub":"mallory",`, 1), strings.Replace(good, `{`, `{"s\u0075b":"mallory",`, 1), strings.Replace(good, `{`, `{"stt":0,`, 1),
		strings.Replace(good, `"exp":2`, `"exp":2e0`, 1), strings.Replace(good, `"exp":2`, `"exp":-0`, 1), strings.Replace(good, `"exp":2`, `"exp":99999999999999999999`, 1),
		strings.Replace(good, `"u"`, `"\u0075\ud800"`, 1), strings.Replace(good, `"tId":"t1"`, `"tId":null`, 1), strings.Replace(good, `"tId":"t1"`, `"tId":{}`, 1),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var want struct {
			Sub     string           `json:"sub"`
			RSub    string           `json:"rsub"`
			Tenant  string           `json:"tId"`
			Issued  int64            `json:"iat"`
			Expires int64            `json:"exp"`
			Handle  string           `json:"sessionHandle"`
			Hash    string           `json:"refreshTokenHash1"`
			Parent  string           `json:"parentRefreshTokenHash1"`
			CSRF    string           `json:"antiCsrfToken"`
			Purpose exact.RawMessage `json:"stt"`
		}
		wantOK := exact.Unmarshal(payload, &want) == nil && want.Sub != "" && want.RSub != "" && want.Handle != "" && want.Hash != "" &&
			want.Issued != 0 && want.Expires != 0 && slices.Contains([]string{"", "null", "0"}, string(want.Purpose))
		got := &accessToken{header: header{version: 5}, raw: payload}
		if err := got.readClaims(); (err == nil) != wantOK {
			t.Fatalf("%q: %v, want ok %v", payload, err, wantOK)
		}
		if wantOK && (got.userID != want.Sub || got.recipeUserID != want.RSub || got.tenantID != cmp.Or(want.Tenant, "public") || got.handle != want.Handle ||
			got.expires != want.Expires || got.antiCSRF != want.CSRF || got.child != (want.Parent != "")) {
			t.Errorf("%q is read as %+v, want %+v", payload, got, want)
		}
	})
}

func FuzzCookies(f *testing.F) {
	for _, s := range []string{"sAccessToken=x", "a=b; sAccessToken=%41", `sAccessToken="x`, "sAccessToken", ";;=;sAccessToken=%zz", "sAccessToken=a; sAccessToken=b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		req := &http.Request{Header: http.Header{"Cookie": {header}}}
		if n := len(distinct(req, "sAccessToken")); n > 4 {
			t.Errorf("%d values of %q", n, header)
		}
		_ = hasCookie(req, legacyCookie)
	})
}
