package ui_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/posternauth/postern/ui"
)

// hostile are targets that some server, proxy or browser takes for another
// site, or that have no business in a Location header.
func hostile() []string {
	return []string{
		"", " ", "e", "e.example", "app", "./app", "../app", "?x=1", "#x", ".", "..",
		"//e.example", "///e.example", "////e.example", "//e.example/%2f..", "//user@e.example", "//e.example:443/",
		`/\e.example`, `\/e.example`, `\\e.example`, `/\/e.example`, `/a\b`, `\app`,
		"https:e.example", "https:/e.example", "https://e.example", "HTTPS://e.example", "http:e.example", "ftp://e.example",
		"https://good.example@e.example", "https://e.example#good.example", "https://good.example.e.example",
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "/javascript:alert(1)\n", "data:text/html,x", "vbscript:x", "blob:x", "file:///etc/passwd", "mailto:e@e.example",
		"\t//e.example", "/\t/e.example", "/\n/e.example", "/\r/e.example", " //e.example", "/ /e.example", "\x00//e.example", "/\x00/e.example", "\u00a0//e.example", "\ufeff//e.example", "\u200b/e.example",
		"/app\r\nSet-Cookie: a=b", "/app\nLocation: //e.example", "/app\x7f",
		"/%2f/e.example", "/%2Fe.example", "/%2f%2fe.example", "/%252fe.example", "/%25252fe.example", "/%2525252525252fe.example", "%2f%2fe.example",
		"/%5ce.example", "/%5Ce.example", "/%255ce.example", "/%09/e.example", "/%0a/e.example", "/%0d%0aSet-Cookie:a=b", "/%00", "/app%0d%0a",
		"/.//e.example", "/..//e.example", "/../e.example", "/./app", "/app/..", "/app/.", "/%2e%2e/e.example", "/%2e/%2fe.example", "/app//e.example", "/app/%2e%2e%2f%2fe.example",
		"/／e.example", "/%EF%BC%8Fe.example", "／／e.example", "/%EF%BC%BCe.example", "/⁄e.example", "/%E2%88%95e.example", "/e。example", "/%E3%80%82/x", "/\u202ee.example", "/%E2%80%AEx", "/%E2%80%A8x", "/%ff/e.example", "/%", "/%zz", "/café",
		"/" + strings.Repeat("a", 2048),
	}
}

func TestSafeRedirect(t *testing.T) {
	t.Parallel()
	if n := len(hostile()); n < 60 {
		t.Fatalf("only %d hostile targets", n)
	}
	for _, target := range hostile() {
		if got := ui.SafeRedirect(target, "/fallback"); got != "/fallback" {
			t.Errorf("%q was let through", target)
		}
	}
	for _, target := range []string{
		"/", "/app", "/app/", "/app?x=1&y=2", "/app?next=https://e.example//x", "/app#part", "/a.b/c..d", "/.well-known/x",
		"/a%20b", "/caf%C3%A9", "/%E6%97%A5%E6%9C%AC", "/@ada", "/a:b", "/users/1;v=2", "/auth/verify-email?redirectToPath=%2Fnotes", "/app?", "/a~b!$&'()*+,=",
	} {
		if got := ui.SafeRedirect(target, "/fallback"); got != target {
			t.Errorf("%q became %q", target, got)
		}
	}
}

// FuzzSafeRedirect wants every target that is let through to stay on the site,
// as a browser resolves it.
func FuzzSafeRedirect(f *testing.F) {
	for _, target := range hostile() {
		f.Add(target)
	}
	site, err := url.Parse("https://site.example/auth/reset-password?x")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, target string) {
		got := ui.SafeRedirect(target, "")
		if got == "" {
			return
		}
		u, err := site.Parse(got)
		if err != nil || u.Scheme != "https" || u.Host != "site.example" || u.User != nil {
			t.Errorf("%q leads to %v, %v", target, u, err)
		}
		// Browsers drop tabs and line breaks, and take \ for /.
		if strings.ContainsAny(got, "\t\r\n\\ ") || strings.HasPrefix(got, "//") {
			t.Errorf("%q became %q", target, got)
		}
	})
}
