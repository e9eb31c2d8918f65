package fdi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// Responder is an error that knows its own answer, because it needs more than
// a status and a message: cookies to clear, reasons to list.
type Responder interface {
	error
	RespondError(w http.ResponseWriter, r *http.Request)
}

// FieldErrors is the FIELD_ERROR outcome: what is wrong, field by field.
type FieldErrors struct {
	FormFields []FieldError `json:"formFields"`
}

// FieldError is one field and what is wrong with it, for people to read.
type FieldError struct {
	ID    string `json:"id"`
	Error string `json:"error"`
}

// FailStatus is FIELD_ERROR.
func (*FieldErrors) FailStatus() op.Status { return "FIELD_ERROR" }

func (e *FieldErrors) Error() string {
	s := "field errors:"
	for _, f := range e.FormFields {
		s += " " + f.ID + ": " + f.Error + ";"
	}
	return s
}

// GeneralError is the outcome that shows a message to the user. APIs of an
// application return it from their overrides.
type GeneralError struct {
	Message string `json:"message"`
}

// FailStatus is GENERAL_ERROR.
func (*GeneralError) FailStatus() op.Status { return "GENERAL_ERROR" }
func (e *GeneralError) Error() string       { return e.Message }

// NotAllowed is an outcome that a person can act on: why not, and a code for
// the support.
type NotAllowed struct {
	Status op.Status `json:"-"`
	Reason string    `json:"reason"`
}

// FailStatus is the status that the API declares.
func (e *NotAllowed) FailStatus() op.Status { return e.Status }
func (e *NotAllowed) Error() string         { return string(e.Status) + ": " + e.Reason }

// BadInput returns an error that is answered by 400 and this message.
func BadInput(message string) error { return &core.BadInput{Message: message} }

// Unavailable is a service besides the core that does not do its part, such as
// an identity provider. It is answered by 503 and the message.
type Unavailable struct {
	Message string // for people
	Err     error  // the cause, for the log
}

func (e *Unavailable) Error() string { return e.Message + " (" + e.Err.Error() + ")" }
func (e *Unavailable) Unwrap() error { return e.Err }

// httpError is an error that is answered by a status and a message.
type httpError struct {
	code    int
	message string
}

func (e *httpError) Error() string { return e.message }

// WriteError answers a request that failed. What a client may not know is
// logged and answered by a plain 500.
func WriteError(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	var (
		responder Responder
		plain     *httpError
		bad       *core.BadInput
		forbidden *core.Forbidden
		tenant    *core.TenantNotFound
		down      *core.Unavailable
		service   *Unavailable
		limit     *core.LimitReached
		fail      op.Failer
		status    op.Status
	)
	switch {
	case errors.As(err, &responder):
		responder.RespondError(w, r)
	case errors.As(err, &plain):
		WriteMessage(w, plain.code, plain.message)
	case errors.As(err, &bad):
		WriteMessage(w, http.StatusBadRequest, bad.Message)
	case errors.As(err, &tenant):
		WriteMessage(w, http.StatusBadRequest, "Tenant not found")
	case errors.As(err, &forbidden):
		WriteMessage(w, http.StatusForbidden, forbidden.Message)
	case errors.As(err, &limit):
		wait := time.Duration(limit.RetryAfterMs) * time.Millisecond
		retryLater(w, http.StatusTooManyRequests, wait, "Too many attempts. Please try again later.")
	case errors.As(err, &service):
		log.WarnContext(r.Context(), "a service is down", "path", r.URL.Path, "err", service.Err)
		retryLater(w, http.StatusServiceUnavailable, 0, service.Message)
	case errors.As(err, &down):
		log.WarnContext(r.Context(), "a dependency is down", "path", r.URL.Path, "err", err)
		retryLater(w, http.StatusServiceUnavailable, down.RetryAfter, "Temporarily unavailable. Please try again.")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		retryLater(w, http.StatusServiceUnavailable, 0, "Temporarily unavailable. Please try again.")
	case errors.As(err, &fail):
		write(w, fail.FailStatus(), fail)
	case errors.As(err, &status):
		write(w, status, struct{}{})
	default:
		log.ErrorContext(r.Context(), "an API failed", "path", r.URL.Path, "err", err)
		WriteMessage(w, http.StatusInternalServerError, "Internal Error")
	}
}

func retryLater(w http.ResponseWriter, code int, wait time.Duration, message string) {
	seconds := max(1, int64((wait+time.Second-1)/time.Second))
	w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	WriteMessage(w, code, message)
}

// WriteMessage answers with a code and {"message": …}.
func WriteMessage(w http.ResponseWriter, code int, message string) {
	WriteJSON(w, code, struct {
		Message string `json:"message"`
	}{message})
}

// WriteJSON answers with a code and v.
func WriteJSON(w http.ResponseWriter, code int, v any) {
	b, err := json.Marshal(v)
	if err != nil { // only for a type of ours that cannot be JSON
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(b)
}

// write answers 200 with a status and the fields of v beside it.
func write(w http.ResponseWriter, status op.Status, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	head := `{"status":"` + string(status) + `"`
	if len(b) > len("{}") {
		head += ","
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(append([]byte(head), b[1:]...))
}
