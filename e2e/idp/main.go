// Command idp serves the stand-in for Google, GitHub and Apple on a free port
// of this machine. Its first line is JSON: the registration at each, as the
// variables of examples/lambda, and where each is, as a core keeps it (CDI
// §2.14).
package main

import (
	"context"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/recipe/thirdparty"
)

// announcement is the first line.
type announcement struct {
	Variables map[string]string `json:"variables"`
	Providers []place           `json:"providers"`
}

// place is where a provider is.
type place struct {
	ThirdPartyID          string `json:"thirdPartyId"`
	OIDCDiscoveryEndpoint string `json:"oidcDiscoveryEndpoint,omitempty"`
	AuthorizationEndpoint string `json:"authorizationEndpoint,omitempty"`
	TokenEndpoint         string `json:"tokenEndpoint,omitempty"`
	UserInfoEndpoint      string `json:"userInfoEndpoint,omitempty"`
}

func main() {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	provider := idp.New()
	provider.URL = "http://" + l.Addr().String()
	a := announcement{Variables: map[string]string{}}
	for _, shape := range []idp.Shape{idp.Google, idp.GitHub, idp.Apple} {
		a.add(provider.Config(shape))
	}
	if err := json.NewEncoder(os.Stdout).Encode(a); err != nil {
		log.Fatal(err)
	}
	log.Fatal((&http.Server{Handler: provider, ReadHeaderTimeout: 5 * time.Second}).Serve(l))
}

func (a *announcement) add(p thirdparty.Provider) {
	a.Providers = append(a.Providers, place{p.ThirdPartyID, p.OIDCDiscoveryEndpoint, p.AuthorizationEndpoint, p.TokenEndpoint, p.UserInfoEndpoint})
	name, client := strings.ToUpper(p.ThirdPartyID), p.Clients[0]
	a.Variables[name+"_ID"] = client.ClientID
	if client.ClientSecret != "" {
		a.Variables[name+"_SECRET"] = string(client.ClientSecret)
	}
	for key, variable := range map[string]string{"keyId": "_KEY_ID", "teamId": "_TEAM_ID", "privateKey": "_PRIVATE_KEY"} {
		if value, ok := client.AdditionalConfig[key]; ok {
			a.Variables[name+variable] = string(value)
		}
	}
}
