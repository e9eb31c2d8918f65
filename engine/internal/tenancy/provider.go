package tenancy

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

// The kinds of members that a provider's object has, as its errors call them.
const (
	aText   = "a string"
	aSwitch = "a boolean"
	aList   = "an array"
	anOpen  = "an object" // with keys of its own
)

// The members of a provider's object, of its clients and of its user info map.
var (
	providerForm = map[string]string{
		"thirdPartyId": aText, "name": aText, "clients": aList, "authorizationEndpoint": aText,
		"authorizationEndpointQueryParams": anOpen, "tokenEndpoint": aText, "tokenEndpointBodyParams": anOpen,
		"userInfoEndpoint": aText, "userInfoEndpointQueryParams": anOpen, "userInfoEndpointHeaders": anOpen,
		"jwksURI": aText, "oidcDiscoveryEndpoint": aText, "requireEmail": aSwitch, "userInfoMap": anOpen,
	}
	clientForm = map[string]string{
		"clientType": aText, "clientId": aText, "clientSecret": aText, "scope": aList, "forcePKCE": aSwitch, "additionalConfig": anOpen,
	}
	userInfoForm    = map[string]string{"fromIdTokenPayload": anOpen, "fromUserInfoAPI": anOpen}
	userInfoMapForm = map[string]string{"userId": aText, "email": aText, "emailVerified": aText}
)

func badProvider(format string, args ...any) error {
	return core.Bad("Invalid third party config: "+format, args...)
}

// inForm returns the members of an object that a form has. null is the same
// as nothing.
func inForm(o core.Object, form map[string]string) (core.Object, error) {
	out := core.Object{}
	for name, raw := range o {
		kind := form[name]
		raw = bytes.TrimSpace(raw)
		if kind == "" || string(raw) == "null" {
			continue
		}
		if !isKind(raw, kind) {
			return nil, badProvider("%s must be %s", name, kind)
		}
		out[name] = raw
	}
	return out, nil
}

func isKind(raw json.RawMessage, kind string) bool {
	var to any
	switch kind {
	case aText:
		to = new(string)
	case aSwitch:
		to = new(bool)
	case aList:
		to = new([]json.RawMessage)
	default:
		to = new(core.Object)
	}
	return json.Unmarshal(raw, to) == nil
}

// text returns a member that is a string, "" when there is none.
func text(o core.Object, name string) (s string) {
	_ = json.Unmarshal(o[name], &s) // what is none was refused or is meant to be ""
	return s
}

// nested reads an object in a form; nothing is an empty one.
func nested(raw json.RawMessage, form map[string]string) (core.Object, error) {
	o := core.Object{}
	if raw != nil && json.Unmarshal(raw, &o) != nil {
		return nil, badProvider("clients must be an array of objects")
	}
	return inForm(o, form)
}

// provider returns a provider's object as it is stored: with the members that
// it can have, a list of clients and a user info map. check looks at what they
// say, too.
func provider(in core.Object, check bool) (id string, out core.Object, err error) {
	if out, err = inForm(in, providerForm); err != nil {
		return "", nil, err
	}
	if id = text(out, "thirdPartyId"); id == "" {
		return "", nil, badProvider("thirdPartyId cannot be null or empty")
	}
	if err := kernel.Short("thirdPartyId", id); err != nil {
		return "", nil, err
	}
	clients, err := providerClients(out["clients"])
	if err != nil {
		return "", nil, err
	}
	if check {
		if err := checkClients(id, clients); err != nil {
			return "", nil, err
		}
	}
	userInfo, err := userInfoMap(out["userInfoMap"])
	if err != nil {
		return "", nil, err
	}
	out["clients"], out["userInfoMap"] = asJSON(clients), asJSON(userInfo)
	return id, out, nil
}

func providerClients(raw json.RawMessage) ([]core.Object, error) {
	var list []json.RawMessage
	_ = json.Unmarshal(raw, &list) // which is a list, or nothing
	clients := []core.Object{}
	for _, raw := range list {
		client, err := nested(raw, clientForm)
		if err != nil {
			return nil, err
		}
		clients = append(clients, client)
	}
	return clients, nil
}

// userInfoMap always has both of its parts.
func userInfoMap(raw json.RawMessage) (core.Object, error) {
	o, err := nested(raw, userInfoForm)
	if err != nil {
		return nil, err
	}
	for part := range userInfoForm {
		names, err := nested(o[part], userInfoMapForm)
		if err != nil {
			return nil, err
		}
		o[part] = asJSON(names)
	}
	return o, nil
}

// asJSON writes what was just read, and so can be written.
func asJSON(v any) json.RawMessage {
	b, _ := json.Marshal(v)
	return b
}

// checkClients refuses clients that could not work.
func checkClients(id string, clients []core.Object) error {
	var types []string
	for _, client := range clients {
		if slices.Contains(types, text(client, "clientType")) {
			return badProvider("Duplicate clientType was specified in the clients list.")
		}
		types = append(types, text(client, "clientType"))
		if client["clientId"] == nil {
			return badProvider("clientId cannot be null")
		}
		var scopes []*string
		if client["scope"] != nil && json.Unmarshal(client["scope"], &scopes) != nil {
			return badProvider("scope must be an array of strings")
		}
		if slices.Contains(scopes, nil) {
			return badProvider("scope array cannot contain a null")
		}
		if err := checkAdditional(id, client); err != nil {
			return err
		}
	}
	return nil
}

// checkAdditional checks what some providers need of a client beside the rest.
func checkAdditional(id string, client core.Object) error {
	additional := core.Object{}
	_ = json.Unmarshal(client["additionalConfig"], &additional) // an object, or nothing
	wrong := func(name string) bool {
		_, given := additional[name]
		return given && text(additional, name) == ""
	}
	switch {
	case strings.HasPrefix(id, "apple") && (text(additional, "keyId") == "" || text(additional, "teamId") == "" || text(additional, "privateKey") == ""):
		return badProvider("a non empty string value must be specified for keyId, teamId and privateKey in the additionalConfig for Apple provider")
	case strings.HasPrefix(id, "google-workspaces") && wrong("hd"):
		return badProvider("hd in additionalConfig must be a non empty string value")
	case strings.HasPrefix(id, "boxy-saml") && wrong("boxyURL"):
		return badProvider("a non empty string value must be specified for boxyURL in the additionalConfig for Boxy SAML provider")
	}
	return nil
}

func (t *tenancy) setProvider(ctx context.Context, in core.SetProvider) (out core.Created, err error) {
	id, config, err := provider(in.Config, !in.SkipValidation)
	if err != nil {
		return out, err
	}
	tenant := kernel.OrPublic(in.TenantID)
	err = t.InTenant(ctx, tenant, func(q db.Querier) error {
		return t.changeSettings(ctx, q, t.ID, tenant, func(s *tenantSettings) error {
			at := s.provider(id)
			if out.CreatedNew = at < 0; out.CreatedNew {
				s.Providers = append(s.Providers, config)
			} else {
				s.Providers[at] = config
			}
			return nil
		})
	})
	return out, err
}

func (t *tenancy) removeProvider(ctx context.Context, in core.RemoveProvider) (out core.ConfigExisted, err error) {
	id, err := kernel.Name("thirdPartyId", in.ThirdPartyID)
	if err != nil {
		return out, err
	}
	tenant := kernel.OrPublic(in.TenantID)
	err = t.InTenant(ctx, tenant, func(q db.Querier) error {
		return t.changeSettings(ctx, q, t.ID, tenant, func(s *tenantSettings) error {
			at := s.provider(id)
			if out.DidConfigExist = at >= 0; out.DidConfigExist {
				s.Providers = slices.Delete(s.Providers, at, at+1)
			}
			return nil
		})
	})
	return out, err
}

// provider returns where the provider with an id is, -1 if nowhere.
func (s *tenantSettings) provider(id string) int {
	return slices.IndexFunc(s.Providers, func(p core.Object) bool { return text(p, "thirdPartyId") == id })
}
