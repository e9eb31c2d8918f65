package cdi_test

import (
	"context"
	"strings"
	"testing"

	"github.com/posternauth/postern/cdi"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

func TestVersionHeader(t *testing.T) {
	t.Parallel()
	c, _ := recording()
	for version, want := range map[string]string{
		"":                      "",
		"3.0":                   "",
		"5.4":                   "",
		"5.5":                   "cdi-version 5.5 not supported\n",
		"2.21":                  "cdi-version 2.21 not supported\n",
		"5.4.0":                 "cdi-version 5.4.0 not supported\n",
		"05.4":                  "cdi-version 05.4 not supported\n",
		"latest":                "cdi-version header is invalid\n",
		"5.":                    "cdi-version header is invalid\n",
		"-5":                    "cdi-version header is invalid\n",
		strings.Repeat("9", 50): "cdi-version header is invalid\n",
	} {
		code, text, _ := ask(t, serve(t, c), "GET /recipe/roles", "", "cdi-version: "+version)
		if code == 200 && want != "" || code != 200 && text != want {
			t.Errorf("%q: %d %q, want %q", version, code, text, want)
		}
		code, _, _ = ask(t, serve(t, c), "GET /apiversion", "", "cdi-version: "+version)
		if malformed := strings.Contains(want, "invalid"); malformed != (code == 400) {
			t.Errorf("%q on a path that takes any version: %d", version, code)
		}
	}
}

// bob signs in at another provider.
func bob() core.User {
	user := ada()
	user.ID, user.Emails = "u4", []string{"bob@example.com"}
	user.ThirdParty = []core.ThirdParty{{ID: "google", UserID: "b0b"}}
	m := &user.LoginMethods[0]
	m.RecipeID, m.RecipeUserID, m.Email, m.ThirdParty = "thirdparty", "u4", "bob@example.com", user.ThirdParty[0]
	return user
}

// adas is a core in which there are two users, and a session of one.
func adas() *core.Core {
	c := failing(core.Bad("not here"))
	c.EmailPassword.SignUp = func(context.Context, core.SignUp) (core.RecipeUser, error) {
		return core.RecipeUser{User: ada(), RecipeUserID: "u1"}, nil
	}
	c.EmailPassword.CreateResetToken = func(_ context.Context, in core.CreateResetToken) (core.TokenResult, error) {
		return core.TokenResult{Token: core.Secret(in.UserID + " " + in.Email)}, nil
	}
	c.EmailPassword.Update = func(_ context.Context, in core.UpdateEmailPassword) (core.Done, error) {
		if in.RecipeUserID != "u1" {
			return core.Done{}, core.UnknownUserID
		}
		return core.Done{}, nil
	}
	c.User.ByID = func(_ context.Context, in core.UserByID) (core.UserResult, error) {
		user := ada()
		switch in.UserID {
		case "u1":
		case "u2": // signs in by mail only
			user.LoginMethods[0].RecipeID = "passwordless"
		case "u4":
			user = bob()
		case "u3":
			user.LoginMethods = append(user.LoginMethods, user.LoginMethods[0])
		default:
			return core.UserResult{}, core.UnknownUserID
		}
		return core.UserResult{User: user}, nil
	}
	c.User.ByAccountInfo = func(_ context.Context, in core.UsersByAccountInfo) (core.UserList, error) {
		switch {
		case in.Email == "ada@example.com":
			return core.UserList{Users: []core.User{ada()}}, nil
		case in.Email == "bob@example.com", in.ThirdPartyUserID == "b0b":
			return core.UserList{Users: []core.User{ada(), bob()}}, nil
		}
		return core.UserList{Users: []core.User{}}, nil
	}
	c.Tenant.Read = func(_ context.Context, in core.TenantName) (core.TenantInfo, error) {
		switch in.TenantID {
		case "nowhere":
			return core.TenantInfo{}, core.TenantUnknown
		case "closed":
			return core.TenantInfo{FirstFactors: op.Some([]string{})}, nil
		}
		return core.TenantInfo{}, nil
	}
	c.ThirdParty.SignInUp = func(_ context.Context, in core.ThirdPartySignInUp) (core.SignedInUp, error) {
		if in.Email.IsVerified {
			return core.SignedInUp{}, &core.EmailChangeNotAllowed{Reason: "no"}
		}
		return core.SignedInUp{CreatedNewUser: true, User: bob(), RecipeUserID: "u4"}, nil
	}
	c.Passwordless.ConsumeCode = func(context.Context, core.ConsumeCode) (core.ConsumedCode, error) {
		return core.ConsumedCode{User: ada(), RecipeUserID: "u1", ConsumedDevice: core.Device{PreAuthSessionID: "p"}}, nil
	}
	c.Passwordless.Update = func(_ context.Context, in core.UpdatePasswordless) (core.Done, error) {
		if in.RecipeUserID != "u1" || !in.Email.IsNull() {
			return core.Done{}, core.UnknownUserID
		}
		return core.Done{}, nil
	}
	c.UserIDMapping.SetInfo = func(_ context.Context, in core.SetUserIDMappingInfo) (core.Done, error) {
		if info, there := in.ExternalUserIDInfo.Get(); there {
			return core.Done{}, core.Bad("the note is %q", info)
		}
		return core.Done{}, nil
	}
	c.TOTP.Verify = func(context.Context, core.VerifyTOTP) (core.Done, error) {
		return core.Done{}, &core.InvalidTOTP{CurrentNumberOfFailedAttempts: 1, MaxNumberOfFailedAttempts: 5}
	}
	c.TOTP.VerifyDevice = func(context.Context, core.VerifyTOTPDevice) (core.VerifiedTOTPDevice, error) {
		return core.VerifiedTOTPDevice{}, &core.LimitReached{RetryAfterMs: 9, CurrentNumberOfFailedAttempts: 5, MaxNumberOfFailedAttempts: 5}
	}
	c.Session.ByHandle = func(_ context.Context, in core.SessionByHandle) (core.SessionDetails, error) {
		if in.SessionHandle != "h" {
			return core.SessionDetails{}, &core.Unauthorised{Message: "Session does not exist."}
		}
		return core.SessionDetails{UserDataInDatabase: core.Object{"a": []byte("1")}, UserDataInJWT: core.Object{"b": []byte("2")}}, nil
	}
	c.User.List = func(context.Context, core.ListUsers) (core.UserPage, error) {
		return core.UserPage{Users: []core.User{ada()}, NextPaginationToken: "next"}, nil
	}
	c.Role.UsersWith = func(context.Context, core.UsersWithRole) (core.UserIDs, error) {
		return core.UserIDs{Users: []string{"u1"}}, nil
	}
	c.Session.Refresh = func(_ context.Context, in core.RefreshSession) (core.SessionTokens, error) {
		if in.RefreshToken == "stolen" {
			return core.SessionTokens{}, &core.TokenTheft{Session: core.StolenSession{Handle: "h", UserID: "u1", RecipeUserID: "u1"}}
		}
		return core.SessionTokens{Session: core.SessionInfo{Handle: "h", UserID: "u1", RecipeUserID: "u1", UserDataInJWT: core.Object{}, TenantID: "public"}}, nil
	}
	return c
}

func TestVersions(t *testing.T) {
	t.Parallel()
	const (
		signUp   = `{"email":"a","password":"b"}`
		newest   = `{"status":"OK","user":{"id":"u1","isPrimaryUser":false,"tenantIds":["public"],"timeJoined":1700000000000,"emails":["ada@example.com"],"phoneNumbers":[],"thirdParty":[],"webauthn":{"credentialIds":[]},"loginMethods":[{"recipeId":"emailpassword","recipeUserId":"u1","tenantIds":["public"],"verified":false,"timeJoined":1700000000000,"email":"ada@example.com","webauthn":{"credentialIds":[]}}]},"recipeUserId":"u1"}`
		before53 = `{"status":"OK","recipeUserId":"u1","user":{"emails":["ada@example.com"],"id":"u1","isPrimaryUser":false,"loginMethods":[{"email":"ada@example.com","recipeId":"emailpassword","recipeUserId":"u1","tenantIds":["public"],"timeJoined":1700000000000,"verified":false}],"phoneNumbers":[],"tenantIds":["public"],"thirdParty":[],"timeJoined":1700000000000}}`
		oldAda   = `{"email":"ada@example.com","id":"u1","tenantIds":["public"],"timeJoined":1700000000000}`
		oldBob   = `{"email":"bob@example.com","id":"u4","tenantIds":["public"],"thirdParty":{"id":"google","userId":"b0b"},"timeJoined":1700000000000}`
		consume  = `{"preAuthSessionId":"p","linkCode":"l"}`
		code     = `{"userId":"u1","deviceName":"d","totp":"123456"}`
		closed   = " login not enabled for tenant"
		noOthers = "Only public tenantId can call this app specific API"
		tokens   = `"accessToken":{"token":"","expiry":0,"createdTime":0},"refreshToken":{"token":"","expiry":0,"createdTime":0}`
	)
	for name, tt := range map[string]struct{ version, target, body, want string }{
		"newest":                   {"5.4", "POST /recipe/signup", signUp, newest},
		"no version":               {"", "POST /recipe/signup", signUp, newest},
		"5.3":                      {"5.3", "POST /recipe/signup", signUp, newest},
		"no passkeys":              {"5.2", "POST /recipe/signup", signUp, before53},
		"4.0":                      {"4.0", "POST /recipe/signup", signUp, before53},
		"one login method":         {"3.1", "POST /recipe/signup", signUp, `{"status":"OK","user":` + oldAda + `}`},
		"list by recipe":           {"3.0", "GET /users", "", `{"status":"OK","nextPaginationToken":"next","users":[{"recipeId":"emailpassword","user":{"id":"u1","timeJoined":1700000000000,"tenantIds":["public"],"email":"ada@example.com"}}]}`},
		"ids are no users":         {"3.0", "GET /recipe/role/users?role=r", "", `{"status":"OK","users":["u1"]}`},
		"refresh":                  {"5.4", "POST /recipe/session/refresh", `{"refreshToken":"a","enableAntiCsrf":false}`, `{"status":"OK","session":{"handle":"h","userId":"u1","recipeUserId":"u1","userDataInJWT":{},"tenantId":"public"},` + tokens + `}`},
		"theft":                    {"5.4", "POST /recipe/session/refresh", `{"refreshToken":"stolen","enableAntiCsrf":false}`, `{"status":"TOKEN_THEFT_DETECTED","session":{"handle":"h","userId":"u1","recipeUserId":"u1"}}`},
		"theft, one id":            {"3.1", "POST /recipe/session/refresh", `{"refreshToken":"stolen","enableAntiCsrf":false}`, `{"status":"TOKEN_THEFT_DETECTED","session":{"handle":"h","userId":"u1"}}`},
		"limit 0":                  {"5.4", "GET /users?limit=0", "", "limit must a positive integer with min value 1"},
		"update by user id":        {"3.1", "PUT /recipe/user", `{"userId":"u1","email":"x"}`, `{"status":"OK"}`},
		"update, new name":         {"4.0", "PUT /recipe/user", `{"userId":"u1","email":"x"}`, "Field name 'recipeUserId' is invalid in JSON input"},
		"reset, no email":          {"3.1", "POST /recipe/user/password/reset/token", `{"userId":"u1"}`, `{"status":"OK","token":"u1 ada@example.com"}`},
		"reset, email":             {"3.1", "POST /recipe/user/password/reset/token", `{"userId":"u9","email":"x"}`, `{"status":"OK","token":"u9 x"}`},
		"reset, nobody":            {"3.1", "POST /recipe/user/password/reset/token", `{"userId":"u9"}`, `{"status":"UNKNOWN_USER_ID_ERROR"}`},
		"reset, no password":       {"3.1", "POST /recipe/user/password/reset/token", `{"userId":"u2"}`, `{"status":"UNKNOWN_USER_ID_ERROR"}`},
		"reset, two methods":       {"3.1", "POST /recipe/user/password/reset/token", `{"userId":"u3"}`, "Please use CDI version >= 4.0"},
		"reset, 4.0":               {"4.0", "POST /recipe/user/password/reset/token", `{"userId":"u1"}`, "Field name 'email' is invalid in JSON input"},
		"find by id":               {"3.1", "GET /recipe/user?userId=u1", "", `{"status":"OK","user":` + oldAda + `}`},
		"find by id, no password":  {"3.1", "GET /recipe/user?userId=u2", "", `{"status":"UNKNOWN_USER_ID_ERROR"}`},
		"find by email":            {"3.1", "GET /public/recipe/user?email=ada@example.com", "", `{"status":"OK","user":` + oldAda + `}`},
		"find by unknown email":    {"3.1", "GET /recipe/user?email=x", "", `{"status":"UNKNOWN_EMAIL_ERROR"}`},
		"find by email, elsewhere": {"3.1", "GET /berlin/recipe/user?email=ada@example.com", "", `{"status":"UNKNOWN_EMAIL_ERROR"}`},
		"third party, by email":    {"3.1", "GET /recipe/users/by-email?email=bob@example.com", "", `{"status":"OK","users":[` + oldBob + `]}`},
		"third party, no email":    {"3.1", "GET /recipe/users/by-email?email=ada@example.com", "", `{"status":"OK","users":[]}`},
		"sign in up":               {"3.1", "POST /recipe/signinup", `{"thirdPartyId":"google","thirdPartyUserId":"b0b","email":{"id":"bob@example.com"}}`, `{"status":"OK","createdNewUser":true,"user":` + oldBob + `}`},
		"sign in up, proof":        {"3.1", "POST /recipe/signinup", `{"thirdPartyId":"google","thirdPartyUserId":"b0b","email":{"id":"b","isVerified":true}}`, `{"status":"OK","createdNewUser":true,"user":` + oldBob + `}`},
		"sign in up, no email":     {"3.1", "POST /recipe/signinup", `{"thirdPartyId":"google","thirdPartyUserId":"b0b"}`, "Field name 'email' is invalid in JSON input"},
		"sign in up, no object":    {"3.1", "POST /recipe/signinup", `{"thirdPartyId":"google","thirdPartyUserId":"b0b","email":1}`, "Field name 'email' is invalid in JSON input"},
		"sign in up, unproved":     {"4.0", "POST /recipe/signinup", `{"thirdPartyId":"google","thirdPartyUserId":"b0b","email":{"id":"b"}}`, "Field name 'isVerified' is invalid in JSON input"},
		"sign in up, refused":      {"5.4", "POST /recipe/signinup", `{"thirdPartyId":"google","thirdPartyUserId":"b0b","email":{"id":"b","isVerified":true}}`, `{"status":"EMAIL_CHANGE_NOT_ALLOWED_ERROR","reason":"no"}`},
		"sign in up, null":         {"3.1", "POST /recipe/signinup", `{"thirdPartyId":"google","thirdPartyUserId":"b0b","email":null}`, "Field name 'email' is invalid in JSON input"},
		"code, empty":              {"5.4", "POST /recipe/signinup/code", `{"email":"a@example.com","userInputCode":""}`, "userInputCode cannot be an empty string."},
		"code, empty, 3.0":         {"3.0", "POST /recipe/signinup/code", `{"email":"a@example.com","userInputCode":""}`, "userInputCode cannot be an empty string."},
		"code, null":               {"5.4", "POST /recipe/signinup/code", `{"email":"a@example.com","userInputCode":null}`, "Field name 'userInputCode' is invalid in JSON input"},
		"code, none":               {"5.4", "POST /recipe/signinup/code", `{"email":"a@example.com"}`, "not here"},
		"mapping, no note":         {"5.4", "PUT /recipe/userid/external-user-id-info", `{"userId":"u1","externalUserIdInfo":null}`, `{"status":"OK"}`},
		"mapping, empty note":      {"5.4", "PUT /recipe/userid/external-user-id-info", `{"userId":"u1","externalUserIdInfo":""}`, `the note is ""`},
		"mapping, unsaid note":     {"5.4", "PUT /recipe/userid/external-user-id-info", `{"userId":"u1"}`, "Field name 'externalUserIdInfo' is invalid in JSON input"},
		"consume, device":          {"5.0", "POST /recipe/signinup/code/consume", consume, `{"status":"OK","consumedDevice":{"preAuthSessionId":"p","failedCodeInputAttemptCount":0},"createdNewUser":false,` + strings.TrimPrefix(before53, `{"status":"OK",`)},
		"consume, no device":       {"3.1", "POST /recipe/signinup/code/consume", consume, `{"status":"OK","createdNewUser":false,"user":` + oldAda + `}`},
		"code, counted":            {"5.0", "POST /recipe/totp/verify", code, `{"status":"INVALID_TOTP_ERROR","currentNumberOfFailedAttempts":1,"maxNumberOfFailedAttempts":5}`},
		"code, not counted":        {"4.0", "POST /recipe/totp/verify", code, `{"status":"INVALID_TOTP_ERROR"}`},
		"limit, not counted":       {"4.0", "POST /recipe/totp/device/verify", code, `{"status":"LIMIT_REACHED_ERROR","retryAfterMs":9}`},
		"session data":             {"5.4", "GET /recipe/session/data?sessionHandle=h", "", `{"status":"OK","userDataInDatabase":{"a":1}}`},
		"session payload":          {"5.4", "GET /recipe/jwt/data?sessionHandle=h", "", `{"status":"OK","userDataInJWT":{"b":2}}`},
		"session payload, none":    {"5.4", "GET /recipe/jwt/data?sessionHandle=x", "", `{"status":"UNAUTHORISED","message":"Session does not exist."}`},
		"password is off":          {"5.0", "POST /closed/recipe/signup", signUp, "Email password" + closed},
		"third party is off":       {"3.1", "POST /closed/recipe/signinup", `{}`, "ThirdParty" + closed},
		"passwordless is off":      {"4.0", "POST /closed/recipe/signinup/code/consume", consume, "Passwordless" + closed},
		"off, for the client":      {"5.1", "POST /closed/recipe/signup", signUp, before53},
		"no tenant to be off":      {"5.0", "POST /nowhere/recipe/signup", signUp, "AppId or tenantId not found => Tenant with the following connectionURIDomain, appId and tenantId combination not found: (, public, nowhere)"},
		"hello from nowhere":       {"5.4", "GET /nowhere/hello", "", "AppId or tenantId not found => Tenant with the following connectionURIDomain, appId and tenantId combination not found: (, public, nowhere)"},
		"count all from one":       {"5.0", "GET /berlin/users/count?includeAllTenants=true", "", noOthers},
		"list all from one":        {"5.4", "GET /berlin/recipe/session/user?userId=u", "", noOthers},
		"revoke all from one":      {"5.4", "POST /berlin/recipe/session/remove", `{"userId":"u"}`, noOthers},
		"revoke all, 4.0":          {"4.0", "POST /berlin/recipe/session/remove", `{"userId":"u"}`, "not here"},
		"revoke one's own":         {"5.4", "POST /berlin/recipe/session/remove", `{"userId":"u","revokeAcrossAllTenants":false}`, "not here"},
		"revoke by handles":        {"5.4", "POST /berlin/recipe/session/remove", `{"sessionHandles":["h"]}`, "not here"},
		"find by both":             {"3.1", "GET /recipe/user?email=a&userId=b", "", "Please provide only one of userId or email"},
		"find by nothing":          {"3.1", "GET /recipe/user", "", "Please provide one of userId or email"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, text, _ := ask(t, serve(t, adas()), tt.target, tt.body, "cdi-version: "+tt.version); text != tt.want+"\n" {
				t.Errorf("got  %swant %s", text, tt.want)
			}
		})
	}
}

// TestDeferRotation: a client of an old version gets what it expects, unless it
// says that it knows better.
func TestDeferRotation(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		version, says string
		want          bool
	}{
		"oldest":         {"3.0", ``, true},
		"5.4":            {"5.4", ``, true},
		"no version":     {"", ``, true},
		"knows better":   {"5.4", `,"deferRotation":false`, false},
		"wants it so":    {"5.4", `,"deferRotation":true`, true},
		"an old one too": {"4.0", `,"deferRotation":false`, false},
	} {
		c, last := recording()
		ask(t, serve(t, c), "POST /recipe/session/refresh", `{"refreshToken":"a","enableAntiCsrf":false`+tt.says+`}`, "cdi-version: "+tt.version)
		if in, _ := last().(*core.RefreshSession); in == nil || in.DeferRotation != tt.want {
			t.Errorf("%s: %+v, want %v", name, in, tt.want)
		}
	}
}

func TestProtocol(t *testing.T) {
	t.Parallel()
	c, _ := recording()
	h := handler(t, cdi.Config{App: only(c), APIKeys: []core.Secret{testKey}})
	for _, step := range []struct{ target, body, want string }{
		{"GET /apiversion?websiteDomain=x&apiDomain=y", "", `{"versions":["3.0","3.1","4.0","5.0","5.1","5.2","5.3","5.4"]}`},
		{"GET /telemetry", "", `{"exists":false}`},
		{"GET /hello", "", "Hello"},
		{"GET /config?pid=-1", "", `{"status":"NOT_ALLOWED"}`},
		{"GET /config", "", "Field name 'pid' is missing in GET request"},
		{"GET /berlin/config?pid=1", "", "you can call this only from the base connection uri domain, public app and tenant"},
		{"GET /appid-shop/config?pid=1", "", "you can call this only from the base connection uri domain, public app and tenant"},
		{"GET /ee/license", "", `{"status":"NO_LICENSE_KEY_FOUND_ERROR"}`},
		{"PUT /ee/license", "", `{"status":"OK"}`},
		{"PUT /appid-shop/ee/license", `{"licenseKey":"any"}`, `{"status":"OK"}`},
		{"GET /ee/license", "", `{"status":"OK","licenseKey":"any"}`},
		{"DELETE /ee/license", "", `{"status":"OK"}`},
		{"GET /ee/license", "", `{"status":"NO_LICENSE_KEY_FOUND_ERROR"}`},
		{"GET /ee/featureflag", "", `{"status":"OK","features":["account_linking","multi_tenancy","dashboard_login","mfa","security","oauth","saml","test"],"usageStats":{"maus":[]}}`},
		{"GET /berlin/telemetry", "", "Only public tenantId can call this app specific API"},
	} {
		if _, text, _ := ask(t, h, step.target, step.body, "api-key: "+testKey); text != step.want+"\n" {
			t.Errorf("%s: %q, want %q", step.target, text, step.want)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	c := new(core.Core)
	c.JWT.Keys = func(context.Context, struct{}) (core.KeySet, error) {
		return core.KeySet{MaxAge: 77}, nil
	}
	_, text, header := ask(t, serve(t, c), "GET /.well-known/jwks.json", "")
	if text != `{"keys":null}`+"\n" || header.Get("Cache-Control") != "max-age=77, must-revalidate" {
		t.Errorf("got %q, %q", text, header.Get("Cache-Control"))
	}
	_, text, header = ask(t, serve(t, c), "GET /recipe/jwt/jwks", "")
	if text != `{"status":"OK","keys":null}`+"\n" || header.Get("Cache-Control") != "" {
		t.Errorf("in the old place: %q, %q", text, header.Get("Cache-Control"))
	}
}

// TestOldTenants: switches become first factors, and first factors switches.
func TestOldTenants(t *testing.T) {
	t.Parallel()
	c := failing(core.Bad("not here"))
	var now op.Optional[[]string]
	exists := false
	c.Tenant.Read = func(_ context.Context, in core.TenantName) (core.TenantInfo, error) {
		if !exists {
			return core.TenantInfo{}, core.TenantUnknown
		}
		return core.TenantInfo{TenantID: in.TenantID, FirstFactors: now, ThirdParty: core.TenantProviders{Providers: []core.Object{}}, CoreConfig: core.Object{}}, nil
	}
	c.Tenant.CreateOrUpdate = func(_ context.Context, in core.TenantSettings) (core.Created, error) {
		created := !exists
		exists = true
		if !in.FirstFactors.IsZero() {
			now = in.FirstFactors
		}
		return core.Created{CreatedNew: created}, nil
	}
	form := func(password, thirdParty, passwordless, factors string) string {
		return `{"status":"OK","tenantId":"t1","emailPassword":{"enabled":` + password + `},"thirdParty":{"enabled":` + thirdParty +
			`,"providers":[]},"passwordless":{"enabled":` + passwordless + `}` + factors + `,"coreConfig":{}}`
	}
	h := serve(t, c)
	for _, step := range []struct{ target, body, want string }{
		{"PUT", `{"tenantId":"t1","emailPasswordEnabled":true}`, `{"status":"OK","createdNew":true}`},
		{"GET", "", form("true", "false", "false", `,"firstFactors":["emailpassword"]`)},
		{"PUT", `{"tenantId":"t1","thirdPartyEnabled":true,"emailPasswordEnabled":false}`, `{"status":"OK","createdNew":false}`},
		{"GET", "", form("false", "true", "false", `,"firstFactors":["thirdparty"]`)},
		{"PUT", `{"tenantId":"t1","passwordlessEnabled":true,"emailPasswordEnabled":true}`, `{"status":"OK","createdNew":false}`},
		{"GET", "", form("true", "true", "true", "")},
		{"PUT", `{"tenantId":"t1","coreConfig":{"a":1}}`, `{"status":"OK","createdNew":false}`},
		{"PUT", `{"tenantId":"t1","firstFactors":[]}`, `{"status":"OK","createdNew":false}`},
		{"GET", "", form("false", "false", "false", "")},
	} {
		target := step.target + " /t1/recipe/multitenancy/tenant"
		if _, text, _ := ask(t, h, target, step.body); text != step.want+"\n" {
			t.Errorf("%s %s: got  %swant %s", target, step.body, text, step.want)
		}
	}
	if _, text, _ := ask(t, h, "GET /t1/recipe/multitenancy/tenant", "", "cdi-version: 3.1"); strings.Contains(text, "actors") {
		t.Errorf("factors before 5.0: %s", text)
	}
}
