package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/thirdparty"
)

// providers are those that people can sign in with. One whose variables are all
// empty is left out; one of which some are missing is a mistake.
func providers() (list []thirdparty.Provider, err error) {
	for _, p := range []struct {
		id    string
		needs []string // the client id comes first
	}{
		{"google", []string{"GOOGLE_ID", "GOOGLE_SECRET"}},
		{"github", []string{"GITHUB_ID", "GITHUB_SECRET"}},
		{"apple", []string{"APPLE_ID", "APPLE_KEY_ID", "APPLE_TEAM_ID", "APPLE_PRIVATE_KEY"}},
	} {
		var set, missing []string
		for _, name := range p.needs {
			if env(name, "") == "" {
				missing = append(missing, name)
			} else {
				set = append(set, name)
			}
		}
		switch {
		case len(set) == 0:
		case len(missing) > 0:
			err = errors.Join(err, fmt.Errorf("%s: is missing; %s needs it beside %s, or none of them", strings.Join(missing, ", "), p.id, strings.Join(set, ", ")))
		default:
			list = append(list, thirdparty.Provider{ThirdPartyID: p.id, Clients: []thirdparty.Client{client(p.id)}})
		}
	}
	return list, err
}

// client is the registration of this app at a provider.
func client(provider string) thirdparty.Client {
	if provider == "apple" { // its secret is signed for each call, by the key
		return thirdparty.Client{ClientID: env("APPLE_ID", ""), AdditionalConfig: map[string]core.Secret{
			"keyId": secret("APPLE_KEY_ID"), "teamId": secret("APPLE_TEAM_ID"), "privateKey": secret("APPLE_PRIVATE_KEY"),
		}}
	}
	name := strings.ToUpper(provider)
	return thirdparty.Client{ClientID: env(name+"_ID", ""), ClientSecret: secret(name + "_SECRET")}
}
