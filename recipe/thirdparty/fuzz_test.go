package thirdparty

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	exact "github.com/go-jose/go-jose/v4/json"

	"github.com/posternauth/postern"
)

// FuzzIsBelow holds that an address which is allowed leads a browser to the
// origin, however browsers read it: they drop line breaks and tabs, and take
// a backslash for a slash.
func FuzzIsBelow(f *testing.F) {
	const origin = "https://example.com"
	for _, seed := range []string{
		origin, origin + "/a?b=c", origin + ".evil.example/", origin + "@evil.example/", origin + "/\\evil.example", origin + "/%2e%2e//evil.example",
		origin + "/a#b", "https:example.com/a", "HTTPS://example.com/a", origin + ":443/a", origin + "/\t/evil.example", origin + "//evil.example",
	} {
		f.Add(seed)
	}
	asBrowsers := strings.NewReplacer("\t", "", "\n", "", "\r", "", "\\", "/")
	f.Fuzz(func(t *testing.T, address string) {
		if !isBelow(address, origin) {
			return
		}
		read := asBrowsers.Replace(address)
		u, err := url.Parse(read)
		if err != nil || u.Scheme != "https" || u.Host != "example.com" || u.User != nil || u.Fragment != "" || read != address {
			t.Errorf("%q is allowed, and leads to %v, %v", address, u, err)
		}
	})
}

// FuzzReadState holds that a state is read the same from every form of base64.
func FuzzReadState(f *testing.F) {
	f.Add(`{"frontendRedirectURI":"https://example.com/auth/callback/apple","state":"x"}`)
	f.Add(`{"frontendRedirectURI":1}`)
	f.Add(`{"frontendRedirectURI":"?>~"}`)
	f.Add(``)
	f.Fuzz(func(t *testing.T, text string) {
		want, wantErr := readState(base64.StdEncoding.EncodeToString([]byte(text)))
		got, err := readState(base64.RawURLEncoding.EncodeToString([]byte(text)))
		if got != want || (err == nil) != (wantErr == nil) || err == nil && got.FrontendRedirectURI == "" {
			t.Errorf("%q: %v, %v and %v, %v", text, want, wantErr, got, err)
		}
		_, _ = readState(text)
	})
}

// FuzzUserInfo holds that what a provider says makes an id or an error, and
// that a number stays as it was written.
func FuzzUserInfo(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"email":"a@b.example"}`, `{"id":12345678901234567890,"verified":"true"}`, `{"id":1e3}`, `{"id":{"id":1}}`, `{"id":null}`,
		`{"data":{"id":"x"},"data.id":"y"}`, `{"id":["x"]}`, `{"id":"","email":" "}`, `{"id":"a","id":"b"}`,
	} {
		f.Add([]byte(seed), "id")
		f.Add([]byte(seed), "data.id")
	}
	f.Fuzz(func(t *testing.T, answer []byte, name string) {
		var p provider
		p.UserInfoMap.FromUserInfoAPI.UserID, p.UserInfoMap.FromUserInfoAPI.Email, p.UserInfoMap.FromUserInfoAPI.EmailVerified = name, "email", "verified"
		var out UserInfo
		if unmarshal(answer, &out.FromUserInfoAPI) != nil {
			return
		}
		if err := p.read(&out); (err == nil) == (out.ThirdPartyUserID == "") {
			t.Errorf("%s: id %q, err %v", answer, out.ThirdPartyUserID, err)
		}
		if id := out.ThirdPartyUserID; id != "" && !strings.Contains(string(answer), id) && isPlain(answer) {
			t.Errorf("%s: the id %q was not said", answer, id)
		}
	})
}

// isPlain reports whether text in JSON is written as it is.
func isPlain(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c >= 0x80 || c == '\\' })
}

// FuzzClaims holds that claims are taken only from this issuer, for this
// client, now.
func FuzzClaims(f *testing.F) {
	now := time.Unix(1_800_000_000, 0)
	for _, seed := range []string{
		`{"iss":"https://idp.example","sub":"u","aud":"app","exp":1800000100,"iat":1799999990}`,
		`{"iss":"https://idp.example","sub":"u","aud":["app","other"],"azp":"other","exp":1800000100,"iat":1799999990}`,
		`{"iss":"https://idp.example/","sub":"u","aud":"app","exp":1e300,"iat":-1e300}`,
		`{"iss":["https://idp.example"],"aud":null}`, `{"aud":["app",1]}`, `{"iss":"x","ISS":"https://idp.example"}`,
	} {
		f.Add([]byte(seed))
	}
	p := provider{recipe: &Recipe{app: &postern.App{Now: func() time.Time { return now }}}}
	p.Issuer, p.client.ClientID = "https://idp.example", "app"
	f.Fuzz(func(t *testing.T, payload []byte) {
		var c idClaims
		if exact.Unmarshal(payload, &c) != nil || p.checkClaims(c, "") != nil {
			return
		}
		var plain map[string]any
		if err := exact.Unmarshal(payload, &plain); err != nil {
			t.Fatalf("%s is taken: %v", payload, err)
		}
		aud, several := plain["aud"].([]any)
		if plain["iss"] != p.Issuer || plain["sub"] == "" || !several && plain["aud"] != "app" || len(aud) > 1 && plain["azp"] != "app" {
			t.Errorf("%s is taken", payload)
		}
		if exp, ok := plain["exp"].(float64); !ok || exp < float64(now.Unix())-clockSkew.Seconds()-1 {
			t.Errorf("%s is taken: it has expired", payload)
		}
	})
}
