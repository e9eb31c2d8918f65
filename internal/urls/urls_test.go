package urls_test

import (
	"strings"
	"testing"

	"github.com/posternauth/postern/internal/urls"
)

const invalid = "error"

func check(t *testing.T, normalise func(string) (string, error), in, want string) {
	t.Helper()
	got, err := normalise(in)
	if err != nil {
		got = invalid
	}
	if got != want {
		t.Errorf("%q gives %q (%v), want %q", in, got, err, want)
	}
}

// TestDomain is the table of FDI §1.4.
func TestDomain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"example.com":                    "https://example.com",
		"EXAMPLE.com":                    "https://example.com",
		".example.com":                   "https://example.com",
		"https://example.com/":           "https://example.com",
		"example.com?x=1":                "https://example.com",
		"  https://A.com  ":              "https://a.com",
		"https://user:pw@a.com/x":        "https://a.com",
		"http://example.com:8080/a/b?x#": "http://example.com:8080",
		"api.example.com:443":            "https://api.example.com",
		"https://api.example.com:443":    "https://api.example.com",
		"http://x.com:80":                "http://x.com",
		"localhost":                      "http://localhost",
		"localhost:9000":                 "http://localhost:9000",
		"localhost.org":                  "http://localhost.org",
		"https://localhost:3000":         "https://localhost:3000",
		"127.0.0.1:3000":                 "http://127.0.0.1:3000",
		"192.168.1.2":                    "http://192.168.1.2",
		"https://127.0.0.1":              "https://127.0.0.1",
		"http://[::1]:3000":              "http://[::1]:3000",
		"[::1]:3000":                     invalid,
		"foo":                            invalid,
		"foo:3000":                       invalid,
		"":                               invalid,
		"/one":                           invalid,
		"https://ex ample.com":           invalid,
		"http:// x":                      invalid,
		"example.com.":                   "https://example.com.",
		"ftp://a.com":                    invalid,
		"supertokens://x":                "supertokens://x",
	} {
		check(t, urls.Domain, in, want)
	}
}

// TestPath is the table of FDI §1.5.
func TestPath(t *testing.T) {
	t.Parallel()
	for want, ins := range map[string][]string{
		"": {"", "/", "?x=1", "/..", "localhost", "api.example.com", "http://api.example.com"},
		"/auth": {
			"auth", "/auth", "/auth/", "/auth#x", "api.example.com/auth", "localhost/auth", "http://localhost/auth/",
		},
		"/auth/email":             {"auth/email/", "https://api.example.com/auth/email?id=2", "localhost:4000/auth/email"},
		"/Auth/One":               {"/Auth/One"},
		"/Auth":                   {"HTTPS://A.com/Auth"},
		"/exists":                 {"exists?email=john.doe@gmail.com", "/exists?email=john.doe@gmail.com"},
		"/.netlify/functions/api": {"/.netlify/functions/api"},
		"/functions/api":          {".netlify/functions/api"},
		"/three":                  {"one.two/three"},
		"/one":                    {"1.2.3.4/one"},
		"/one/two":                {"127.0.0.1:9000/one/two"},
		"/one/two.json":           {"/one/two.json", "one/two.json"},
		"//auth":                  {"//auth"},
		"/auth//x":                {"/auth//x/"},
		"/a%20b":                  {"/a b", "/a%20b"},
		"/x":                      {"/auth/../x"},
	} {
		for _, in := range ins {
			check(t, urls.Path, in, want)
		}
	}
}

// TestSite is the table of FDI §1.6.
func TestSite(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://api.example.com":                         "example.com",
		"https://x.co.uk":                                 "x.co.uk",
		"https://co.uk":                                   invalid,
		"https://a.github.io":                             "a.github.io",
		"https://github.io":                               invalid,
		"https://x.vercel.app":                            "x.vercel.app",
		"https://d111.cloudfront.net":                     "d111.cloudfront.net",
		"https://ec2-1-2-3-4.compute-1.amazonaws.com":     "ec2-1-2-3-4.compute-1.amazonaws.com",
		"https://abc.execute-api.us-east-1.amazonaws.com": "abc.execute-api.us-east-1.amazonaws.com",
		"https://api.foo.local":                           "foo.local",
		"https://a.internal":                              "a.internal",
		"https://foo.localhost":                           "foo.localhost",
		"http://localhost:3000":                           "localhost",
		"http://127.0.0.1:3000":                           "localhost",
		"http://[::1]:3000":                               "localhost",
		"https://foo":                                     invalid,
	} {
		check(t, urls.Site, in, want)
	}
}

// TestCookieDomain is the table of FDI §3.4.
func TestCookieDomain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"example.com":                "example.com",
		"https://Example.com:3000/x": "example.com",
		".example.com":               ".example.com",
		".localhost":                 "localhost",
		"localhost:3000":             "localhost",
		".127.0.0.1":                 "127.0.0.1",
		"":                           invalid,
		"a.com; Path=/":              invalid,
	} {
		check(t, urls.CookieDomain, in, want)
	}
}

func FuzzNormalise(f *testing.F) {
	for _, s := range []string{"example.com", "http://[::1]:3000", "localhost/auth", "//auth", "?x", "%zz", ".netlify/a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := urls.Domain(s); err == nil {
			if again, err := urls.Domain(d); err != nil || again != d {
				t.Errorf("Domain(%q) = %q, and again %q, %v", s, d, again, err)
			}
		}
		if p, err := urls.Path(s); err == nil && p != "" && !strings.HasPrefix(p, "/") {
			t.Errorf("Path(%q) = %q does not begin with a slash", s, p)
		}
		_, _ = urls.CookieDomain(s)
	})
}
