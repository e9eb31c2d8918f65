package doctor

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// mistake is one that can be made, how it shows, and what to do about it.
type mistake struct {
	name  string
	final bool // what is found after it would only follow from it
	find  func(*visit) string
	fix   string
}

// maxClockError is how far the clocks may be apart: tokens live by them.
const maxClockError = time.Minute

// mistakes are all that are looked for, in this order.
func mistakes() []mistake {
	return slices.Concat(wayThere(), wrongPlace(), cookies(), crossOrigin(), tokens(), providers())
}

// wayThere is what is wrong before the sign-in is reached.
func wayThere() []mistake {
	gateway := func(code int, messages ...string) func(*visit) string {
		return func(v *visit) string {
			if v.refresh.code != code || !slices.Contains(messages, v.refresh.message()) {
				return ""
			}
			return fmt.Sprintf("the gateway answers %d %q", code, v.refresh.message())
		}
	}
	return []mistake{
		{"name", true, func(v *visit) string {
			var dns *net.DNSError
			if errors.As(v.refresh.err, &dns) {
				return "the name " + dns.Name + " does not exist"
			}
			return ""
		}, "Check the spelling of {url}; a custom domain needs a DNS record that points to the gateway."},
		{"unreachable", true, func(v *visit) string {
			if v.refresh.err != nil {
				return v.refresh.err.Error()
			}
			return ""
		}, "Nothing answers at {url}: is it deployed, and is the certificate that of this domain?"},
		{"redirect", true, func(v *visit) string {
			if to := v.refresh.header.Get("Location"); to != "" && v.refresh.code/100 == 3 {
				return "the API redirects to " + to
			}
			return ""
		}, "Give frontend and backend the address that it redirects to; browsers do not follow redirects of preflight requests."},
		{"stage", true, gateway(http.StatusForbidden, "Forbidden", "Missing Authentication Token"),
			"A REST API has no stage or no route for this path. The address is https://…/STAGE/auth; the API has to be deployed to that stage, with ANY on / and /{proxy+}."},
		{"route", true, gateway(http.StatusNotFound, "Not Found"),
			"An HTTP API has no route for this path. Give it the route $default, and the stage in the address if it is not $default."},
		{"authorizer", true, func(v *visit) string {
			if m := v.refresh.message(); v.refresh.code == http.StatusUnauthorized && m == "Unauthorized" {
				return "the gateway asks for authorization before the sign-in is reached"
			}
			return ""
		}, "Take the authorizer off the sign-in's own routes: nobody is signed in there yet."},
		{"timeout", true, gateway(http.StatusGatewayTimeout, "Endpoint request timed out"),
			"The function took too long: can it reach the database (VPC, security group), and does its timeout allow a cold start?"},
		{"function", true, func(v *visit) string {
			if what := gateway(http.StatusBadGateway, "Internal server error")(v); what != "" {
				return what
			}
			return gateway(http.StatusInternalServerError, "Internal Server Error")(v)
		}, "The function fails or answers in another form than the gateway expects: read its log, which names a variable that is missing. The payload format version has to be 2.0, or 1.0 for a REST API."},
		{"streaming", true, func(v *visit) string {
			if v.refresh.isEnvelope() {
				return "the answer is the function's envelope, as it is"
			}
			return ""
		}, "Set the invoke mode of the function URL to BUFFERED."},
		{"binary", true, func(v *visit) string {
			if v.refresh.isBase64() {
				return "the answer is base64"
			}
			return ""
		}, "Give the REST API the binary media type */*, or let nothing compress the answers in the function."},
	}
}

// wrongPlace is what is wrong when something answers that is not the sign-in,
// or cannot do its work.
func wrongPlace() []mistake {
	return []mistake{
		{"database", true, func(v *visit) string {
			for _, a := range []*answer{v.refresh, v.exists} {
				if a.code == http.StatusServiceUnavailable {
					return "the sign-in answers 503: its database does not answer, or its schema is old"
				}
			}
			return ""
		}, "Read the function's log. After a deployment send it the event {\"postern\":\"prepare\"}, or run postern migrate."},
		{"base-path", true, func(v *visit) string {
			if v.refresh.header.Get("Front-Token") == "" && v.refresh.code != http.StatusUnauthorized {
				return fmt.Sprintf("no sign-in is at %s: POST /session/refresh is answered by %d", v.url, v.refresh.code)
			}
			return ""
		}, "APIGatewayPath is what the gateway takes off the path, and APIBasePath is the rest: together they are {path}."},
		{"not-https", false, func(v *visit) string {
			if strings.HasPrefix(v.origin, "http:") && !v.local() {
				return "the API is not reached by https"
			}
			return ""
		}, "Browsers send the cookies of a session by https only: give APIDomain an https address."},
		{"clock", false, func(v *visit) string {
			at, err := http.ParseTime(v.refresh.header.Get("Date"))
			if apart := v.cfg.Now().Sub(at).Abs(); err == nil && apart > maxClockError {
				return fmt.Sprintf("its clock and the one here are %s apart", apart.Round(time.Second))
			}
			return ""
		}, "Set the clock that is wrong: tokens would seem to have expired, or to be from the future."},
	}
}

// cookies is what is wrong with the cookies; a refresh without a token clears
// both, and so shows where they are.
func cookies() []mistake {
	refresh := func(v *visit) *http.Cookie { return v.refresh.cookie("sRefreshToken") }
	return []mistake{
		{"cookies-lost", false, func(v *visit) string {
			if v.refresh.header.Get("Front-Token") != "" && len(v.refresh.cookies) < 2 {
				return fmt.Sprintf("of the cookies that the sign-in sets, %d arrive", len(v.refresh.cookies))
			}
			return ""
		}, "On a load balancer set lambda.multi_value_headers.enabled=true; in front of it nothing may merge Set-Cookie headers."},
		{"cookie-path", false, func(v *visit) string {
			c := refresh(v)
			if c == nil || strings.HasPrefix(c.Name, "__Host-") || c.Path == v.path+"/session/refresh" {
				return ""
			}
			return fmt.Sprintf("the refresh token's cookie is for %s, and the browser refreshes at %s/session/refresh: it would not be sent", c.Path, v.path)
		}, "APIGatewayPath and APIBasePath together have to be {path}, as the browser sees it."},
		{"cookie-domain", false, func(v *visit) string {
			c := refresh(v)
			host := strings.TrimPrefix(strings.TrimPrefix(v.origin, "https://"), "http://")
			host, _, _ = strings.Cut(host, ":")
			if c == nil || c.Domain == "" || host == c.Domain || strings.HasSuffix(host, "."+strings.TrimPrefix(c.Domain, ".")) {
				return ""
			}
			return "the cookies are for " + c.Domain + ", which is not a domain of " + host + ": browsers drop them"
		}, "Leave CookieDomain empty, or set it to a domain that the API is in."},
		{"cookie-insecure", false, func(v *visit) string {
			if c := refresh(v); c != nil && !c.Secure && strings.HasPrefix(v.origin, "https:") {
				return "cookies are not marked Secure, though the API is reached by https"
			}
			return ""
		}, "APIDomain has to begin with https://, and CookieSecure must not be \"never\"."},
		{"same-site", false, func(v *visit) string {
			if c := refresh(v); c != nil && v.otherSite() && c.SameSite != http.SameSiteNoneMode {
				return "the website " + v.website + " is another site than the API, and cookies are not SameSite=None: browsers would not send them"
			}
			return ""
		}, "Set WebsiteDomain to {website}; or put both under one domain, which is better."},
		{"third-party", false, func(v *visit) string {
			if c := refresh(v); c != nil && v.otherSite() && c.SameSite == http.SameSiteNoneMode {
				return "the cookies of the API are those of a third party to " + v.website + ": some browsers block them"
			}
			return ""
		}, "Put API and website under one domain (a custom domain of the gateway), or let the frontend use headers (tokenTransferMethod)."},
		{"local-names", false, func(v *visit) string {
			names := func(origin string) string {
				host, _, _ := strings.Cut(strings.TrimPrefix(origin, "http://"), ":")
				return host
			}
			if api, website := names(v.origin), names(v.website); v.local() && api != website && (api == "localhost" || website == "localhost") {
				return "the API is at " + api + " and the website at " + website + ": for browsers those are two sites"
			}
			return ""
		}, "Use localhost for both, or 127.0.0.1 for both."},
	}
}

// crossOrigin is what is wrong with CORS, if the website needs it.
func crossOrigin() []mistake {
	needed := func(find func(*visit) string) func(*visit) string {
		return func(v *visit) string {
			if !v.otherOrigin() {
				return ""
			}
			return find(v)
		}
	}
	const handler = "postern.CORS(app) has to be around everything, and WebsiteDomain has to be {website}. If the gateway has a CORS configuration of its own, that counts."
	return []mistake{
		{"preflight", false, needed(func(v *visit) string {
			if v.preflight.err == nil && v.preflight.code/100 != 2 {
				return fmt.Sprintf("preflight requests are answered by %d %s", v.preflight.code, v.preflight.message())
			}
			return ""
		}), "OPTIONS has to reach the function (ANY), without an authorizer; or the gateway's own CORS has to answer it."},
		{"cors-origin", false, needed(func(v *visit) string {
			switch got := v.preflight.header.Get("Access-Control-Allow-Origin"); got {
			case v.website:
				return ""
			case "":
				return v.website + " is not allowed to call the API"
			case "*":
				return "every origin is allowed, by *, which does not go with cookies"
			default:
				return "only " + got + " is allowed to call the API, and not " + v.website
			}
		}), handler},
		{"cors-credentials", false, needed(func(v *visit) string {
			if v.preflight.header.Get("Access-Control-Allow-Credentials") != "true" && v.preflight.header.Get("Access-Control-Allow-Origin") != "" {
				return "cookies may not be sent with calls from the website"
			}
			return ""
		}), "Allow credentials where CORS is answered."},
		{"cors-headers", false, needed(func(v *visit) string {
			var missing []string
			for _, name := range []string{"content-type", "rid", "fdi-version", "anti-csrf", "authorization", "st-auth-mode"} {
				if !v.preflight.lists("Access-Control-Allow-Headers", name) {
					missing = append(missing, name)
				}
			}
			if len(missing) == 0 || v.preflight.header.Get("Access-Control-Allow-Origin") == "" {
				return ""
			}
			return "the website may not send the headers " + strings.Join(missing, ", ")
		}), "Allow these headers where CORS is answered; * does not do with credentials."},
		{"cors-errors", false, needed(func(v *visit) string {
			if v.preflight.header.Get("Access-Control-Allow-Origin") == v.website && v.refresh.header.Get("Access-Control-Allow-Origin") != v.website {
				return "preflight requests are allowed, and the answers are not marked: the website cannot read them"
			}
			return ""
		}), handler},
		{"cors-expose", false, needed(func(v *visit) string {
			if v.refresh.header.Get("Front-Token") != "" && !v.refresh.lists("Access-Control-Expose-Headers", "front-token") {
				return "the website may not read the header front-token, and so does not know that somebody is signed in"
			}
			return ""
		}), "Expose front-token, anti-csrf, st-access-token and st-refresh-token where the gateway answers CORS."},
	}
}

// tokens is what is wrong with the issuer, for those who verify tokens by
// discovery.
func tokens() []mistake {
	return []mistake{
		{"api-domain", false, func(v *visit) string {
			issuer := v.discovery.member("issuer")
			if issuer == "" || issuer == v.url || strings.HasPrefix(issuer, v.origin+"/") {
				return ""
			}
			return "the sign-in believes that it is at " + issuer
		}, "Set APIDomain to the address that the browser uses: the beginning of {url}."},
		{"issuer", false, func(v *visit) string {
			issuer := v.discovery.member("issuer")
			if issuer == "" || issuer == v.url || !strings.HasPrefix(issuer, v.origin+"/") {
				return ""
			}
			return "the issuer of tokens is " + issuer + ", and not " + v.url
		}, "APIGatewayPath and APIBasePath together have to be {path}; an authorizer of the gateway needs the issuer to the letter."},
		{"keys", false, func(v *visit) string {
			if v.discovery.member("jwks_uri") == "" || v.keys != nil && v.keys.err == nil && v.keys.code == http.StatusOK {
				return ""
			}
			return "the public keys cannot be fetched from " + v.discovery.member("jwks_uri")
		}, "Set APIDomain and APIGatewayPath right, and let nothing stand before /jwt/jwks.json."},
	}
}
