package cdi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// refusal is an answer other than 200 whose text is for the client.
type refusal struct {
	code int
	text string
}

func (e *refusal) Error() string { return e.text }

func notFound() error { return &refusal{http.StatusNotFound, "Not found"} }

// failure is what an operation returned and did not declare.
type failure struct {
	operation string
	err       error
}

func (e *failure) Error() string { return e.operation + ": " + e.err.Error() }
func (e *failure) Unwrap() error { return e.err }

// declared returns the status of an outcome that f declares, and its fields.
func declared(f op.Field, err error) (status op.Status, details any, ok bool) {
	var fail op.Failer
	switch {
	case errors.As(err, &fail):
		status, details = fail.FailStatus(), fail
	case errors.As(err, &status):
		details = core.Done{}
	default:
		return "", nil, false
	}
	return status, details, slices.Contains(f.Fails, status)
}

// writeError answers a request that failed. What a client must not know goes
// to the log.
func (s *server) writeError(w http.ResponseWriter, r *http.Request, err error) {
	var (
		refused   *refusal
		bad       *core.BadInput
		forbidden *core.Forbidden
		tenant    *core.TenantNotFound
		down      *core.Unavailable
	)
	switch {
	case errors.As(err, &refused):
		writeText(w, refused.code, refused.text)
	case errors.As(err, &bad):
		writeText(w, http.StatusBadRequest, bad.Message)
	case errors.As(err, &tenant):
		writeText(w, http.StatusBadRequest, tenant.Error())
	case errors.As(err, &forbidden):
		writeText(w, http.StatusForbidden, forbidden.Message)
	case errors.As(err, &down):
		s.log.WarnContext(r.Context(), "cdi: a dependency is down", "err", err)
		writeRetry(w, down.RetryAfter)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		writeRetry(w, 0)
	default:
		s.log.ErrorContext(r.Context(), "cdi: an operation failed", "err", err)
		writeText(w, http.StatusInternalServerError, "Internal Error")
	}
}

// writeRetry answers 503. Without a time it says a second.
func writeRetry(w http.ResponseWriter, after time.Duration) {
	seconds := max(1, int64((after+time.Second-1)/time.Second))
	w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	writeText(w, http.StatusServiceUnavailable, "Temporarily unavailable, please try again")
}

// writeText answers with a text and a newline. Old clients know these answers
// by their content type; the other headers keep a browser from taking text
// that repeats the request for a page.
func writeText(w http.ResponseWriter, code int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=UTF-8")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	fmt.Fprintln(w, text)
}

// writeStatus answers 200 with a status and the fields of v beside it.
func writeStatus(w http.ResponseWriter, status op.Status, v any, changes changes) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if body, err = changes.response(body); err != nil {
		return err
	}
	head := `{"status":"` + string(status) + `"`
	if string(body) != "{}" {
		head += ","
	}
	writeJSON(w, append([]byte(head), body[1:]...))
	return nil
}

func writeJSON(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(append(body, '\n')) // a client that has gone needs no answer
}
