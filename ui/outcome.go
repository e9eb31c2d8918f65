package ui

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fail draws a page again with what the API has against it.
func (v *visit) fail(body view, a answer) {
	code := v.explain(&body, a)
	if wait := a.Header.Get("Retry-After"); wait != "" && (code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable) {
		v.w.Header().Set("Retry-After", wait)
	}
	v.render(code, body, "card")
}

// failField draws a page again with what is wrong with one of its fields.
func (v *visit) failField(body view, name, text string) {
	body.Problem = fieldErrors("", body.fields(), []formField{{ID: name, Error: text}})
	v.render(http.StatusUnprocessableEntity, body, "card")
}

// explain puts an outcome into words, on the page's first form, and returns
// the page's own status. A form that was not accepted is a 422: a password
// manager then knows better than to keep the password.
func (v *visit) explain(body *view, a answer) int {
	const rejected = http.StatusUnprocessableEntity
	switch {
	case a.Code == http.StatusTooManyRequests:
		body.Problem = problem{Title: v.say("error.busy", "wait", v.texts.wait(retryAfter(a.Header)))}
		return a.Code
	case a.Code == http.StatusBadGateway, a.Code == http.StatusServiceUnavailable, a.Code == http.StatusGatewayTimeout:
		body.Problem = problem{Title: v.say("error.unavailable")}
		return http.StatusServiceUnavailable
	case a.Code >= 400 && a.Code < 500 && a.Code != http.StatusNotFound:
		body.Problem = problem{Title: v.say("error.rejected")}
		return a.Code
	case a.Code != http.StatusOK:
		body.Problem = problem{Title: v.say("error.unknown")}
		return http.StatusInternalServerError
	case a.Status == "FIELD_ERROR" && len(a.FormFields) > 0:
		body.Problem = fieldErrors(v.say("error.summary"), body.fields(), a.FormFields)
		return rejected
	case a.Status == "WRONG_CREDENTIALS_ERROR":
		wrongCredentials(body.fields())
		body.Problem = problem{Title: v.say("error.credentials")}
		return rejected
	case a.Status == "GENERAL_ERROR" && a.Message != "":
		body.Problem = problem{Title: a.Message}
		return rejected
	case a.Status == "NO_EMAIL_GIVEN_BY_PROVIDER":
		body.Problem = problem{Title: v.say("error.no-email")}
		return rejected
	case a.Reason != "":
		body.Problem = problem{Title: a.Reason}
		return rejected
	case strings.HasSuffix(a.Status, "_NOT_ALLOWED"):
		body.Problem = problem{Title: v.say("error.not-allowed")}
		return rejected
	}
	v.cfg.Log.ErrorContext(v.r.Context(), "the API gave an answer that the page does not know", "status", a.Status)
	body.Problem = problem{Title: v.say("error.unknown")}
	return http.StatusInternalServerError
}

// fields are those that can be filled in.
func (b *view) fields() []field {
	if len(b.Forms) == 0 {
		return nil
	}
	return b.Forms[0].Fields
}

// fieldErrors writes errors to their fields and sums them up. The first field
// that is wrong gets the focus.
func fieldErrors(title string, fields []field, wrong []formField) problem {
	p := problem{Title: title}
	focused := false
	for i := range fields {
		fields[i].Focus = false
	}
	for _, w := range wrong {
		i := slices.IndexFunc(fields, func(f field) bool { return f.Name == w.ID })
		if i < 0 {
			p.Items = append(p.Items, link{Text: w.Error})
			continue
		}
		fields[i].Error, fields[i].Focus = w.Error, !focused
		focused = true
		p.Items = append(p.Items, link{Text: w.Error, Href: "#" + w.ID})
	}
	if len(p.Items) == 1 {
		return problem{Title: p.Items[0].Text, Href: p.Items[0].Href}
	}
	return p
}

// wrongCredentials blames both fields alike, and asks for the password again.
func wrongCredentials(fields []field) {
	for i := range fields {
		fields[i].Invalid, fields[i].Focus = true, fields[i].Secret()
	}
}

// retryAfter reads the header's seconds; a minute when there are none.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 1 {
		return time.Minute
	}
	return time.Duration(seconds) * time.Second
}
