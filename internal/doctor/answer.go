package doctor

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// maxBody is the most that is read of an answer, in bytes.
const maxBody = 1 << 20

// answer is what came back, or why nothing did.
type answer struct {
	code    int
	header  http.Header
	cookies []*http.Cookie
	text    string
	err     error
}

// ask sends a request as a browser on the website would.
func (v *visit) ask(ctx context.Context, method, url string, h http.Header) *answer {
	r, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		return &answer{err: err}
	}
	r.Header = h
	r.Header.Set("Origin", v.website)
	res, err := v.cfg.Client.Do(r)
	if err != nil {
		return &answer{err: err}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	return &answer{res.StatusCode, res.Header, res.Cookies(), string(text), err}
}

// member is a text in the answer's JSON.
func (a *answer) member(name string) string {
	if a == nil {
		return ""
	}
	var object map[string]json.RawMessage
	var text string
	if json.Unmarshal([]byte(a.text), &object) != nil || json.Unmarshal(object[name], &text) != nil {
		return ""
	}
	return text
}

// message is what gateways and APIs call their reason.
func (a *answer) message() string { return a.member("message") }

// cookie returns a cookie that the answer sets, or nil.
func (a *answer) cookie(suffix string) *http.Cookie {
	for _, c := range a.cookies {
		if strings.HasSuffix(c.Name, suffix) {
			return c
		}
	}
	return nil
}

// lists reports whether a header lists a value, in any case.
func (a *answer) lists(header, value string) bool {
	for _, have := range strings.Split(strings.Join(a.header.Values(header), ","), ",") {
		if strings.EqualFold(strings.TrimSpace(have), value) {
			return true
		}
	}
	return false
}

// isEnvelope reports what should have been unpacked: the JSON that a function
// answers a gateway with.
func (a *answer) isEnvelope() bool {
	var e struct {
		StatusCode int `json:"statusCode"`
	}
	return json.Unmarshal([]byte(a.text), &e) == nil && e.StatusCode != 0
}

// isBase64 reports JSON that should have been decoded.
func (a *answer) isBase64() bool {
	plain, err := base64.StdEncoding.DecodeString(a.text)
	return err == nil && len(plain) > 0 && json.Valid(plain)
}
