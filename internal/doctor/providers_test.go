package doctor_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/internal/doctor"
	"github.com/posternauth/postern/internal/lambdalocal"
	"github.com/posternauth/postern/lambda"
	"github.com/posternauth/postern/recipe/thirdparty"
)

// TestProviders looks at a real app with providers, behind a stage: which
// addresses are to be registered, and what is wrong where they cannot be used.
func TestProviders(t *testing.T) {
	t.Parallel()
	const at, loopback = "https://app.example.com", "127.0.0.0/8"
	for name, tt := range map[string]struct {
		site    string // WebsiteDomain; empty is where the API is
		website string // what the doctor is told; "-" is the same
		network string
		want    []string // findings
		google  string   // after the API's own origin, if it begins with a slash
	}{
		"the built-in pages":          {network: loopback, google: "/dev/auth/callback/google"},
		"the same, said":              {website: "-", network: loopback, google: "/dev/auth/callback/google"},
		"a website":                   {site: at, website: at, network: loopback, google: at + "/auth/callback/google"},
		"a website with another path": {site: at, website: at + "/sign/in", network: loopback, google: at + "/sign/in/callback/google"},
		"another website":             {website: at, network: loopback, want: []string{"cors-origin", "redirect-uri"}, google: at + "/auth/callback/google"},
		"no way to the providers":     {network: "10.0.0.0/8", want: []string{"provider-unreachable"}, google: "/dev/auth/callback/google"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := appWithProviders(t, tt.site, tt.network)
			website, google := tt.website, tt.google
			if website == "-" {
				website = a.URL
			}
			if google[0] == '/' {
				google = a.URL + google
			}
			report, err := doctor.Check(t.Context(), doctor.Config{URL: a.URL + "/dev/auth", Website: website})
			if err != nil {
				t.Fatal(err)
			}
			// That the website is another site is found as well.
			found := slices.DeleteFunc(names(report), func(name string) bool { return name == "third-party" || name == "same-site" })
			if !slices.Equal(found, tt.want) {
				t.Errorf("found %+v, want %v", report.Findings, tt.want)
			}
			if p := report.Providers; len(p) != 2 || p[0].Name != "Google" || p[0].RedirectURI != google || p[1].RedirectURI != a.URL+"/dev/auth/callback/apple" {
				t.Errorf("the providers are %+v, want %s", p, google)
			}
		})
	}
}

// appWithProviders is behind a REST API. Its providers are on this machine, and
// it reaches what is in a network.
func appWithProviders(t *testing.T, site, network string) *authtest.App {
	t.Helper()
	provider := idp.New()
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	provider.URL = server.URL
	g := &lambdalocal.Gateway{Shape: lambdalocal.REST, Stage: "dev"}
	return authtest.New(t, authtest.Config{
		App: func(c *postern.Config) {
			c.App.APIGatewayPath = g.Path()
			if site != "" {
				c.App.WebsiteDomain = site
			}
		},
		Recipes: func(*authtest.App) []postern.Recipe {
			return []postern.Recipe{thirdparty.New(thirdparty.Config{
				Providers:       []thirdparty.Provider{provider.Config(idp.Google), provider.Config(idp.Apple)},
				PrivateNetworks: []string{network},
			})}
		},
		Via: func(h http.Handler) http.Handler {
			g.Function = lambda.Handler(h)
			return g
		},
	})
}
