package cdi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// reply is what a core said.
type reply struct {
	code   int
	header http.Header
	body   []byte
}

// errNoOperation is an operation that the core does not have.
var errNoOperation = errors.New("cdi: the core does not have this operation; is the path in the connection URI right?")

// refusal returns the error that an answer other than 200 means.
func (r reply) refusal(what string) error {
	text := strings.TrimSpace(string(r.body[:min(len(r.body), 1000)]))
	switch {
	case r.code == http.StatusOK:
		return nil
	case r.code == http.StatusBadRequest, r.code == http.StatusRequestEntityTooLarge:
		return badInput(text)
	case r.code == http.StatusUnauthorized:
		return fmt.Errorf("cdi: the core refused the API key (%s); set cdi.Options.APIKey to one of the core's api_keys", what)
	case r.code == http.StatusForbidden:
		return &core.Forbidden{Message: text}
	case r.code == http.StatusNotFound:
		return fmt.Errorf("%w (%s)", errNoOperation, what)
	case r.code >= 500, r.code == http.StatusTooManyRequests:
		return &core.Unavailable{RetryAfter: retryAfter(r.header), Err: fmt.Errorf("%s: the core answered %d: %s", what, r.code, text)}
	}
	return fmt.Errorf("cdi: %s: the core answered %d: %s", what, r.code, text)
}

// refusesVersion reports whether the core no longer speaks what was agreed.
func (r reply) refusesVersion() bool {
	return r.code == http.StatusBadRequest && bytes.HasPrefix(r.body, []byte(versionHeader+" "))
}

// badInput is the error for a 400, whose text may name a missing tenant.
func badInput(text string) error {
	if ids, ok := strings.CutPrefix(text, tenantNotFoundText); ok {
		if _, ids, ok = strings.Cut(ids, ": ("); ok {
			parts := strings.Split(strings.TrimSuffix(ids, ")"), ", ")
			missing := &core.TenantNotFound{AppID: core.AppKey(parts[0], parts[min(1, len(parts)-1)])}
			if len(parts) == 3 {
				missing.TenantID = parts[2]
			}
			return missing
		}
	}
	return core.Bad("%s", text)
}

const tenantNotFoundText = "AppId or tenantId not found => "

func retryAfter(h http.Header) time.Duration {
	seconds, err := time.ParseDuration(h.Get("Retry-After") + "s")
	if err != nil || seconds < 0 || seconds > time.Hour {
		return 0
	}
	return seconds
}

// decode reads the result of f into out, or returns the outcome.
func (r reply) decode(f op.Field, out any) error {
	if err := r.refusal(f.Name); err != nil {
		return err
	}
	if f.Tag.Get("form") == "text" {
		return nil
	}
	var head struct {
		Status op.Status `json:"status"`
	}
	if err := json.Unmarshal(r.body, &head); err != nil {
		return fmt.Errorf("cdi: %s: the answer is not JSON: %w", f.Name, err)
	}
	switch {
	case head.Status == "OK", f.Tag.Get("form") == "bare":
		return r.result(f, out)
	case !slices.Contains(f.Fails, head.Status):
		return fmt.Errorf("cdi: %s: the core answered the unexpected status %q", f.Name, string(head.Status))
	}
	return core.Outcome(head.Status, func(to op.Failer) error { return json.Unmarshal(r.body, to) })
}

func (r reply) result(f op.Field, out any) error {
	if err := json.Unmarshal(r.body, out); err != nil {
		return fmt.Errorf("cdi: %s: the answer has another form: %w", f.Name, err)
	}
	if keys, ok := out.(*core.KeySet); ok {
		keys.MaxAge = maxAge(r.header)
	}
	return nil
}

// maxAge reads how long an answer may be kept, in seconds; 0 if it says none.
func maxAge(h http.Header) int64 {
	for directive := range strings.SplitSeq(h.Get("Cache-Control"), ",") {
		if text, ok := strings.CutPrefix(strings.TrimSpace(directive), "max-age="); ok {
			seconds, _ := strconv.ParseInt(text, 10, 64)
			return max(0, seconds)
		}
	}
	return 0
}
