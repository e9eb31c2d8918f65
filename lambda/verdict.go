package lambda

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/posternauth/postern"
)

// errUnauthorized is, to the letter, what a REST API answers with 401. Every
// other error is a 500.
var errUnauthorized = errors.New("Unauthorized") //nolint:staticcheck // see above

// verdict is what became of a request.
type verdict struct {
	who     postern.Identity
	allowed bool
	refused string         // the answer of the session recipe, as JSON, if it is about demands
	context map[string]any // the application's own
}

// policy is an IAM policy, with who it is about.
type policy struct {
	PrincipalID    string         `json:"principalId"`
	PolicyDocument document       `json:"policyDocument"`
	Context        map[string]any `json:"context"`
}

type document struct {
	Version   string
	Statement []statement
}

type statement struct{ Action, Effect, Resource string }

// simple is the answer to an HTTP API in format 2.0.
type simple struct {
	IsAuthorized bool           `json:"isAuthorized"`
	Context      map[string]any `json:"context,omitempty"`
}

// appSync is the answer to AppSync.
type appSync struct {
	IsAuthorized    bool           `json:"isAuthorized"`
	ResolverContext map[string]any `json:"resolverContext,omitempty"`
	DeniedFields    []string       `json:"deniedFields"`
	TTLOverride     int            `json:"ttlOverride"`
}

// answer puts a verdict into the form of a kind.
func (a *Authorizer) answer(e *event, kind Kind, v verdict) (any, error) {
	rest := kind == restRequestAuthorizer || kind == restTokenAuthorizer
	if rest && !v.allowed && v.refused == "" {
		return nil, errUnauthorized
	}
	told := v.told()
	switch {
	case kind == appSyncAuthorizer:
		flat, err := flatten(told)
		return appSync{IsAuthorized: v.allowed, ResolverContext: flat, DeniedFields: []string{}}, err
	case kind == http2Authorizer && !a.Policy:
		return simple{v.allowed, told}, nil
	}
	if kind != http2Authorizer {
		var err error
		if told, err = flatten(told); err != nil {
			return nil, err
		}
	}
	effect := "Deny"
	if v.allowed {
		effect = "Allow"
	}
	resource := wholeStage(cmp.Or(e.RouteARN, e.MethodARN))
	return policy{
		PrincipalID: cmp.Or(v.who.UserID, "user"), Context: told,
		PolicyDocument: document{"2012-10-17", []statement{{"execute-api:Invoke", effect, resource}}},
	}, nil
}

// told is the context: who it is, or why not. A template for ACCESS_DENIED can
// answer with $context.authorizer.body.
func (v verdict) told() map[string]any {
	if v.refused != "" {
		return map[string]any{"body": v.refused}
	}
	told := map[string]any{}
	maps.Copy(told, v.context)
	if v.who.UserID != "" {
		told["userId"], told["tenantId"], told["sessionHandle"] = v.who.UserID, v.who.TenantID, v.who.SessionHandle
	}
	return told
}

// flatten writes what is not text, number or boolean as JSON: gateways refuse
// it otherwise.
func flatten(m map[string]any) (map[string]any, error) {
	for name, value := range m {
		switch value.(type) {
		case string, bool, int, int64, float64:
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("lambda: Authorizer.Context: %s: %w", name, err)
		}
		m[name] = string(text)
	}
	return m, nil
}

// wholeStage makes a policy hold for every method of the stage: an answer that
// the gateway keeps is used for all of them.
func wholeStage(arn string) string {
	parts := strings.SplitN(arn, "/", 3)
	if len(parts) < 2 {
		return arn
	}
	return parts[0] + "/" + parts[1] + "/*/*"
}
