package ui

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// answer is what the API said.
type answer struct {
	Code       int         `json:"-"`
	Header     http.Header `json:"-"`
	Status     string      `json:"status"`
	FormFields []formField `json:"formFields"`
	Message    string      `json:"message"`
	Reason     string      `json:"reason"`
	body       []byte
}

// read decodes more of the answer; what is not there stays as it is.
func (a answer) read(to any) { _ = json.Unmarshal(a.body, to) }

// formField is a field on its way to the API, or what is wrong with it.
type formField struct {
	ID    string `json:"id"`
	Value string `json:"value"`
	Error string `json:"error,omitempty"`
}

// ok reports whether all went well.
func (a answer) ok() bool { return a.Code == http.StatusOK && a.Status == "OK" }

// call does what the browser's SDK would do: the same request, in this
// process. What it sets on the browser is passed on.
func (v *visit) call(recipe, path string, body any) answer {
	payload, err := json.Marshal(body)
	if err != nil {
		return answer{Code: http.StatusInternalServerError, Message: err.Error()}
	}
	return v.ask(http.MethodPost, recipe, path, payload)
}

// get asks an API that changes nothing.
func (v *visit) get(recipe, path string, query url.Values) answer {
	return v.ask(http.MethodGet, recipe, path+"?"+query.Encode(), nil)
}

func (v *visit) ask(method, recipe, path string, payload []byte) answer {
	rec := &recorder{header: http.Header{}}
	r := v.request(recipe, v.cfg.APIBasePath+path, payload)
	r.Method = method
	v.cfg.API.ServeHTTP(rec, r)
	a := rec.answer()
	v.passOn(a.Header)
	if a.Code != http.StatusOK {
		v.cfg.Log.InfoContext(v.r.Context(), "the API did not serve a page", "path", path, "code", a.Code, "message", a.Message)
	}
	return a
}

// inTenant is the path of an API for the visitor's tenant.
func (v *visit) inTenant(path string) string {
	if id := v.tenant(); id != "" {
		return "/" + id + path
	}
	return path
}

// request is the visitor's own request, turned into an API call: the address,
// the cookies and the forwarding headers are the same.
func (v *visit) request(recipe, path string, payload []byte) *http.Request {
	r := v.r.Clone(v.r.Context())
	plain, query, _ := strings.Cut(path, "?")
	r.URL, r.RequestURI = &url.URL{Path: plain, RawQuery: query}, path
	r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(payload)), int64(len(payload)), nil
	r.Form, r.PostForm, r.MultipartForm = nil, nil, nil
	for _, name := range []string{
		"Content-Encoding", "Content-Length", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range",
		"Authorization", // the pages live on cookies; a password for a proxy is none of the API's business
	} {
		r.Header.Del(name)
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Rid", recipe)
	r.Header.Set("Fdi-Version", "3.1")
	r.Header.Set("St-Auth-Mode", "cookie")
	v.setCookies(r)
	return r
}

// setCookies adds what earlier calls of this visit have set, which the browser
// does not know yet.
func (v *visit) setCookies(r *http.Request) {
	if len(v.set) == 0 {
		return
	}
	cookies := r.Cookies()
	for _, fresh := range v.set {
		cookies = slices.DeleteFunc(cookies, func(c *http.Cookie) bool { return c.Name == fresh.Name })
		if fresh.Value != "" && fresh.MaxAge >= 0 && isUnder(v.cfg.GatewayPath+r.URL.Path, fresh.Path) {
			cookies = append(cookies, fresh)
		}
	}
	r.Header.Del("Cookie")
	for _, c := range cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted})
	}
}

// isUnder reports whether a cookie of one path is sent to another.
func isUnder(path, cookiePath string) bool {
	dir := strings.TrimSuffix(cookiePath, "/")
	return path == dir || strings.HasPrefix(path, dir+"/")
}

// passOn gives the browser the session that the API made, renewed or ended.
func (v *visit) passOn(from http.Header) {
	for _, name := range []string{"Set-Cookie", "Front-Token", "Anti-Csrf"} {
		for _, value := range from.Values(name) {
			v.w.Header().Add(name, value)
		}
	}
	v.set = append(v.set, (&http.Response{Header: from}).Cookies()...)
	if from.Get("Front-Token") != "" {
		v.makeSDKAsk()
	}
}

// makeSDKAsk lets an app's browser SDK forget what it believes about the
// session. It reads front tokens from answers to its own calls only, so it
// would go on believing in the session before; knowing nothing, it asks.
func (v *visit) makeSDKAsk() {
	for _, name := range []string{"sFrontToken", "st-last-access-token-update"} {
		if _, err := v.r.Cookie(name); err == nil {
			http.SetCookie(v.w, &http.Cookie{Name: name, MaxAge: -1, Path: "/", SameSite: http.SameSiteLaxMode})
		}
	}
}

// recorder keeps an answer instead of sending it.
type recorder struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(code int) {
	if r.code == 0 && code >= 200 { // an interim answer is not the answer
		r.code = code
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

// answer reads what was kept. What is no JSON has no status.
func (r *recorder) answer() answer {
	r.WriteHeader(http.StatusOK)
	var a answer
	_ = json.Unmarshal(r.body.Bytes(), &a)
	a.Code, a.Header, a.body = r.code, r.header, r.body.Bytes()
	return a
}
