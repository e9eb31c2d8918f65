package session_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/posternauth/postern/recipe/session"
)

// TestCookieTossing is row 22 of the security table: another site under the
// same domain adds cookies of its own. The good one serves, wherever it
// stands; without one the answer is a clean 401, and the next sign-in works.
func TestCookieTossing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cookies func(good string) string // NAME is the cookie's name
		serves  bool
	}{
		"good, bad":    {func(good string) string { return "NAME=" + good + "; NAME=bad" }, true},
		"bad, good":    {func(good string) string { return "NAME=bad; NAME=" + good }, true},
		"50 copies":    {func(good string) string { return strings.Repeat("NAME="+good+"; ", 49) + "NAME=" + good }, true},
		"quoted":       {func(good string) string { return `NAME="` + good + `"` }, true},
		"a version":    {func(good string) string { return `$Version="1"; NAME=` + good }, true},
		"cut in two":   {func(string) string { return `$Version="1"; NAME="x` }, false},
		"sandwich":     {func(good string) string { return `$Version="1"; NAME="x; other=` + good + `; y="` }, false},
		"8 kB":         {func(string) string { return "NAME=" + strings.Repeat("x", 8<<10) }, false},
		"empty":        {func(string) string { return "NAME=" }, false},
		"empty, good":  {func(good string) string { return "NAME=; NAME=" + good }, true},
		"other case":   {func(good string) string { return strings.ToLower("NAME") + "x=" + good }, false},
		"junk escapes": {func(string) string { return "NAME=%zz%" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", "https://example.com", session.Config{})
			send := func(method, path, cookie, good string) int {
				rec := w.do(method, path, http.Header{
					"Cookie": {strings.ReplaceAll(tt.cookies(good), "NAME", cookie)}, "St-Auth-Mode": {"cookie"}, "Rid": {"session"},
				})
				if method == "POST" && rec.Code == http.StatusUnauthorized && strings.Contains(tt.cookies(good), "NAME") && !strings.HasPrefix(effect(rec), "clear C") {
					t.Errorf("a refused refresh %s", effect(rec))
				}
				return rec.Code
			}
			want := http.StatusUnauthorized
			if tt.serves {
				want = http.StatusOK
			}
			if got := send("GET", "/me", "sAccessToken", w.access); got != want {
				t.Errorf("the access token gives %d, want %d", got, want)
			}
			if got := send("POST", "/auth/session/refresh", "sRefreshToken", w.refresh); got != want {
				t.Errorf("the refresh token gives %d, want %d", got, want)
			}
			w.renew()
			if rec := w.do("GET", "/me", http.Header{"Cookie": {"sAccessToken=" + w.access}}); rec.Code != http.StatusOK {
				t.Errorf("after another sign-in: %d", rec.Code)
			}
		})
	}
}
