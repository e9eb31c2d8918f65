package postern

import (
	"net/http"
	"strings"

	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/internal/urls"
)

// crossOrigin trusts the site itself and its website.
func (s *Site) crossOrigin() *http.CrossOriginProtection {
	p := http.NewCrossOriginProtection()
	for _, origin := range []string{s.APIDomain, s.website} {
		if origin != "" {
			_ = p.AddTrustedOrigin(origin) // normalised: it has the right form
		}
	}
	return p
}

// CORS lets the website of app call this backend from another origin, with
// credentials. It answers preflight requests itself and marks every other
// answer, errors included. It goes outside of the app's middleware:
//
//	http.ListenAndServe(addr, postern.CORS(app)(app.Middleware(mux)))
func CORS(app *App) func(http.Handler) http.Handler {
	allowed := strings.Join(append([]string{"Content-Type"}, fdi.CORSHeaders()...), ", ")
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Add("Vary", "Origin")
			if origin := r.Header.Get("Origin"); origin != "" && sameOrigin(origin, app.Site.Origin(r)) {
				h.Set("Access-Control-Allow-Origin", origin)
				h.Set("Access-Control-Allow-Credentials", "true")
			}
			if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
				h.Set("Access-Control-Allow-Headers", allowed)
				h.Set("Access-Control-Allow-Methods", "OPTIONS, POST, GET, PUT, DELETE")
				h.Set("Access-Control-Max-Age", "7200")
				w.WriteHeader(http.StatusNoContent)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func sameOrigin(origin, website string) bool {
	normal, err := urls.Domain(origin)
	return err == nil && normal == website
}
