package enginetest

import (
	"fmt"
	"testing"

	"github.com/posternauth/postern/core"
)

func (s suite) providers(t *testing.T) {
	tenant := s.newTenant(t)
	set := func(config string) bool {
		t.Helper()
		return ok(t, s.Tenant.SetProvider, core.SetProvider{TenantID: tenant, Config: object(config)}).CreatedNew
	}
	check := func(want ...string) {
		t.Helper()
		got := ok(t, s.Tenant.Read, core.TenantName{TenantID: tenant}).ThirdParty.Providers
		if len(got) != len(want) {
			t.Fatalf("%d providers, want %d", len(got), len(want))
		}
		for i := range want {
			sameJSON(t, fmt.Sprintf("provider %d", i), got[i], object(want[i]))
		}
	}
	check()
	if !set(`{"thirdPartyId":"google"}`) || !set(`{"thirdPartyId":"github","name":null,"clients":[]}`) {
		t.Error("the providers are not new")
	}
	const noMap = `"userInfoMap":{"fromIdTokenPayload":{},"fromUserInfoAPI":{}}`
	check(`{"clients":[],"thirdPartyId":"google",`+noMap+`}`, `{"clients":[],"thirdPartyId":"github",`+noMap+`}`)

	full := `{"authorizationEndpoint":"https://a","authorizationEndpointQueryParams":{"a":null,"b":"c"},` +
		`"clients":[{"additionalConfig":{"x":null},"clientId":"id","clientSecret":"","clientType":"web","forcePKCE":false,"scope":["a"]}],` +
		`"jwksURI":"https://j","name":"G","oidcDiscoveryEndpoint":"https://o","requireEmail":false,"thirdPartyId":"google",` +
		`"tokenEndpoint":"https://t","tokenEndpointBodyParams":{},"userInfoEndpoint":"https://u","userInfoEndpointHeaders":{},` +
		`"userInfoEndpointQueryParams":{},"userInfoMap":{"fromIdTokenPayload":{"userId":"sub"},"fromUserInfoAPI":{"email":"mail"}}}`
	if set(full) {
		t.Error("a provider that is there is new")
	}
	check(full, `{"clients":[],"thirdPartyId":"github",`+noMap+`}`)
	ok(t, s.Tenant.CreateOrUpdate, core.TenantSettings{TenantID: tenant, CoreConfig: object(`{"totp_max_attempts":3}`)})
	check(full, `{"clients":[],"thirdPartyId":"github",`+noMap+`}`)
	for _, existed := range []bool{true, false} {
		in := core.RemoveProvider{TenantID: tenant, ThirdPartyID: "google"}
		if got := ok(t, s.Tenant.RemoveProvider, in).DidConfigExist; got != existed {
			t.Errorf("the provider existed: %v, want %v", got, existed)
		}
	}
	check(`{"clients":[],"thirdPartyId":"github",` + noMap + `}`)
	if got := ok(t, s.Tenant.Read, core.TenantName{TenantID: s.newTenant(t)}).ThirdParty.Providers; len(got) != 0 {
		t.Errorf("another tenant has %v", got)
	}
	noTenant(t, s.Tenant.SetProvider, core.SetProvider{TenantID: newID("tenant"), Config: object(`{"thirdPartyId":"a"}`)})
}

func (s suite) providerRefusals(t *testing.T) {
	const (
		apple = "a non empty string value must be specified for keyId, teamId and privateKey in the additionalConfig for Apple provider"
		boxy  = "a non empty string value must be specified for boxyURL in the additionalConfig for Boxy SAML provider"
	)
	for config, text := range map[string]string{
		`{}`:                    "thirdPartyId cannot be null or empty",
		`{"thirdPartyId":null}`: "thirdPartyId cannot be null or empty",
		`{"thirdPartyId":""}`:   "thirdPartyId cannot be null or empty",
		`{"thirdPartyId":1}`:    "thirdPartyId must be a string",
		`{"thirdPartyId":"a","requireEmail":"true"}`:                                                    "requireEmail must be a boolean",
		`{"thirdPartyId":"a","clients":{}}`:                                                             "clients must be an array",
		`{"thirdPartyId":"a","clients":[1]}`:                                                            "clients must be an array of objects",
		`{"thirdPartyId":"a","clients":[{}]}`:                                                           "clientId cannot be null",
		`{"thirdPartyId":"a","clients":[{"clientId":"a"},{"clientId":"b"}]}`:                            "Duplicate clientType was specified in the clients list.",
		`{"thirdPartyId":"a","clients":[{"clientId":"a","scope":["a",null]}]}`:                          "scope array cannot contain a null",
		`{"thirdPartyId":"apple","clients":[{"clientId":"a"}]}`:                                         apple,
		`{"thirdPartyId":"apple-x","clients":[{"clientId":"a","additionalConfig":{"keyId":"a"}}]}`:      apple,
		`{"thirdPartyId":"google-workspaces","clients":[{"clientId":"a","additionalConfig":{"hd":1}}]}`: "hd in additionalConfig must be a non empty string value",
		`{"thirdPartyId":"boxy-saml","clients":[{"clientId":"a","additionalConfig":{"boxyURL":""}}]}`:   boxy,
	} {
		bad(t, s.Tenant.SetProvider, core.SetProvider{Config: object(config)}, "Invalid third party config: "+text)
	}
	tenant := s.newTenant(t)
	ok(t, s.Tenant.SetProvider, core.SetProvider{TenantID: tenant, SkipValidation: true, Config: object(`{"thirdPartyId":"apple","clients":[{}]}`)})
	ok(t, s.Tenant.SetProvider, core.SetProvider{TenantID: tenant, Config: object(`{"thirdPartyId":"boxy-saml","clients":[{"clientId":"a"}]}`)})
	bad(t, s.Tenant.RemoveProvider, core.RemoveProvider{TenantID: tenant}, "Field name 'thirdPartyId' cannot be an empty String")
}

// raceProviders: providers that are set at once are all there.
func (s suite) raceProviders(t *testing.T) {
	const n = 20
	tenant := s.newTenant(t)
	got := atOnce(t, n, func(i int) error {
		config := object(fmt.Sprintf(`{"thirdPartyId":"p%d"}`, i))
		_, err := s.either(i).Tenant.SetProvider(t.Context(), core.SetProvider{TenantID: tenant, Config: config})
		return err
	})
	if left := len(ok(t, s.Tenant.Read, core.TenantName{TenantID: tenant}).ThirdParty.Providers); got["OK"] != n || left != n {
		t.Errorf("outcomes %v, and %d providers of %d", got, left, n)
	}
}
