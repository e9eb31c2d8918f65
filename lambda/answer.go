package lambda

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/posternauth/postern/fdi"
)

// The largest answers, in bytes of JSON. A process that sends more to the
// runtime is ended, and a load balancer that gets more answers 502.
const (
	maxAnswer    = 6 << 20
	maxALBAnswer = 1 << 20
)

// answer collects what a handler writes. It belongs to one request.
type answer struct {
	live   http.Header // what the handler changes
	header http.Header // what is sent, from the first write on
	code   int
	body   bytes.Buffer
}

func newAnswer() *answer { return &answer{live: http.Header{}} }

// Header returns the headers of the answer.
func (a *answer) Header() http.Header { return a.live }

// WriteHeader sets the status. As in net/http the first one counts, headers
// that are set later are not sent, and interim answers are not the answer.
func (a *answer) WriteHeader(code int) {
	if code < 100 || code > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %v", code))
	}
	if a.code == 0 && code >= 200 {
		a.code, a.header = code, a.live.Clone()
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// fail replaces the answer, and keeps what lets a website read it.
func (a *answer) fail(code int, message string) {
	kept := http.Header{}
	for name, values := range a.live {
		if name == "Vary" || strings.HasPrefix(name, "Access-Control-") {
			kept[name] = values
		}
	}
	*a = answer{live: kept}
	fdi.WriteMessage(a, code, message)
}

// finish makes the answer what net/http would send: without a body where there
// is none, with a type where there is one, and without what describes a
// connection.
func (a *answer) finish(method string) {
	a.WriteHeader(http.StatusOK)
	if method == http.MethodHead || a.code == http.StatusNoContent || a.code == http.StatusNotModified {
		a.body.Reset()
	}
	if a.body.Len() > 0 && a.header.Get("Content-Type") == "" && a.header.Get("Content-Encoding") == "" {
		a.header.Set("Content-Type", http.DetectContentType(a.body.Bytes()))
	}
	for _, name := range []string{"Connection", "Content-Length", "Keep-Alive", "Trailer", "Transfer-Encoding", "Upgrade"} {
		a.header.Del(name)
	}
}

// dropVainClearings drops cookies that are cleared though the client did not
// send them. A load balancer that can carry one cookie has no room for that:
// clients that keep their tokens themselves would get a 500 when their session
// ends.
func (a *answer) dropVainClearings(r *http.Request) {
	a.header["Set-Cookie"] = slices.DeleteFunc(a.header["Set-Cookie"], func(line string) bool {
		c, err := http.ParseSetCookie(line)
		if err != nil || c.Value != "" {
			return false
		}
		_, err = r.Cookie(c.Name)
		return err != nil
	})
	if len(a.header["Set-Cookie"]) == 0 {
		delete(a.header, "Set-Cookie")
	}
}

// encoded is an answer in the form of one kind of gateway. A key that a
// gateway does not know may make it refuse the answer, so each has only its
// own.
type encoded struct {
	StatusCode        int               `json:"statusCode"`
	StatusDescription string            `json:"statusDescription,omitempty"`
	Headers           map[string]string `json:"headers,omitempty"`
	MultiValueHeaders http.Header       `json:"multiValueHeaders,omitempty"`
	Cookies           []string          `json:"cookies,omitempty"`
	Body              string            `json:"body"`
	IsBase64Encoded   bool              `json:"isBase64Encoded"`
}

// encode writes the answer for a kind of gateway, and fails when the kind
// cannot carry it.
func (a *answer) encode(kind Kind, limit int) ([]byte, error) {
	if kind == ALB || kind == ALBMulti {
		limit = min(limit, maxALBAnswer)
	}
	if n := a.body.Len(); n > limit {
		return nil, tooLarge(n, limit)
	}
	out := encoded{StatusCode: a.code, Body: a.body.String()}
	if a.header.Get("Content-Encoding") != "" || !utf8.ValidString(out.Body) {
		out.Body, out.IsBase64Encoded = base64.StdEncoding.EncodeToString(a.body.Bytes()), true
	}
	if err := a.encodeHeader(&out, kind); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	j := json.NewEncoder(&b)
	j.SetEscapeHTML(false) // it would make pages a fifth longer
	if err := j.Encode(out); err != nil {
		return nil, err
	}
	if b.Len() > limit {
		return nil, tooLarge(b.Len(), limit)
	}
	return b.Bytes(), nil
}

func tooLarge(n, limit int) error {
	return fmt.Errorf("the answer has %d bytes, and as JSON at most %d can be sent", n, limit)
}

func (a *answer) encodeHeader(out *encoded, kind Kind) error {
	switch kind {
	case HTTP2, FunctionURL:
		out.Headers, out.Cookies = joined(a.header), a.header["Set-Cookie"]
		delete(out.Headers, "Set-Cookie")
	case ALB:
		if n := len(a.header["Set-Cookie"]); n > 1 {
			return fmt.Errorf("the answer sets %d cookies, and this load balancer can carry one: set lambda.multi_value_headers.enabled=true on its target group", n)
		}
		out.Headers = joined(a.header)
	default:
		out.MultiValueHeaders = a.header
	}
	if kind == ALB || kind == ALBMulti {
		out.StatusDescription = strings.TrimSpace(strconv.Itoa(a.code) + " " + http.StatusText(a.code))
	}
	return nil
}

// joined writes several values of a header as one.
func joined(h http.Header) map[string]string {
	m := make(map[string]string, len(h))
	for name, values := range h {
		m[name] = strings.Join(values, ", ")
	}
	return m
}
