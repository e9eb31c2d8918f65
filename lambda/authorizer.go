package lambda

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/fdi"
)

// Authorizer answers the events of Lambda authorizers: of REST APIs (REQUEST
// and TOKEN), of HTTP APIs in both formats, and of AppSync.
//
// Somebody who is not signed in gets 401 from a REST API, so that frontends
// refresh, and 403 from the others, which know nothing else: there a session is
// better verified in the function. Demands that are not met are 403. Give the
// authorizer no cache, or one by Authorization and Cookie: an answer that is
// kept outlives the session.
type Authorizer struct {
	// Sessions verifies requests: sessions.Authorizer(session.Options{}).
	// Required.
	Sessions Sessions
	// Context returns what the function behind the gateway is told, beside
	// userId, tenantId and sessionHandle. What is neither text, number nor
	// boolean reaches it as JSON, but for HTTP APIs in format 2.0.
	Context func(ctx context.Context, who postern.Identity) (map[string]any, error)
	// Policy answers HTTP APIs in format 2.0 with an IAM policy; the default is
	// the simple response. It has to be what the authorizer is configured for.
	Policy bool
}

// Sessions verifies the session of a request. It changes nothing, and its
// errors know their answers, by [fdi.WriteError].
type Sessions interface {
	Authorize(r *http.Request) (postern.Identity, error)
}

// authorize answers the event of an authorizer.
func (f *Function) authorize(ctx context.Context, e *event, kind Kind) ([]byte, error) {
	a := f.cfg.Authorizer
	if a == nil || a.Sessions == nil {
		return nil, fmt.Errorf("lambda: this is the event of an authorizer; set Config.Authorizer")
	}
	r, err := e.authorized(ctx, kind)
	if err != nil {
		return nil, err
	}
	f.adapt(r, kind)
	v, err := f.judge(a, r)
	if err != nil {
		return nil, err
	}
	out, err := a.answer(e, kind, v)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// authorized is the request that an authorizer is asked about. Some events
// have nothing of it but the token.
func (e *event) authorized(ctx context.Context, kind Kind) (*http.Request, error) {
	if kind == restTokenAuthorizer || kind == appSyncAuthorizer {
		e.Headers = e.RequestHeaders
	}
	r, _, err := e.request(ctx, kind, nil)
	if err == nil && e.Token != "" {
		r.Method = cmp.Or(r.Method, http.MethodGet)
		r.Header.Set("Authorization", "Bearer "+strings.TrimPrefix(e.Token, "Bearer "))
	}
	return r, err
}

// judge verifies the session. It fails when nobody knows: that is no verdict.
func (f *Function) judge(a *Authorizer, r *http.Request) (v verdict, err error) {
	if v.who, err = a.Sessions.Authorize(r); err != nil {
		v.who = postern.Identity{}
		v.refused, err = f.refusal(r, err)
		return v, err
	}
	v.allowed = true
	if a.Context != nil && v.who.UserID != "" {
		v.context, err = a.Context(r.Context(), v.who)
	}
	return v, err
}

// refusal is what a session that is not good is answered with, if the reason
// is demands that are not met. An error that is no answer to the client stays
// one.
func (f *Function) refusal(r *http.Request, err error) (demands string, failed error) {
	rec := newAnswer()
	fdi.WriteError(rec, r, f.log, err)
	if rec.code >= http.StatusInternalServerError || rec.code == http.StatusTooManyRequests {
		return "", errors.New("lambda: the session could not be verified")
	}
	var body struct {
		Errors json.RawMessage `json:"claimValidationErrors"`
	}
	if json.Unmarshal(rec.body.Bytes(), &body) == nil && body.Errors != nil {
		return rec.body.String(), nil
	}
	return "", nil
}
