package cdi_test

import "testing"

// TestOldUsers: the path that recipes share does what the named one does.
func TestOldUsers(t *testing.T) {
	t.Parallel()
	const (
		oldAda = `{"email":"ada@example.com","id":"u1","tenantIds":["public"],"timeJoined":1700000000000}`
		oldBob = `{"email":"bob@example.com","id":"u4","tenantIds":["public"],"thirdParty":{"id":"google","userId":"b0b"},"timeJoined":1700000000000}`
	)
	for name, tt := range map[string]struct{ rid, target, body, want string }{
		"third party, by id":      {"thirdparty", "GET /recipe/user?userId=u4", "", `{"status":"OK","user":` + oldBob + `}`},
		"third party, of another": {"thirdparty", "GET /recipe/user?userId=u1", "", `{"status":"UNKNOWN_USER_ID_ERROR"}`},
		"third party, by login":   {"thirdparty", "GET /recipe/user?thirdPartyId=google&thirdPartyUserId=b0b", "", `{"status":"OK","user":` + oldBob + `}`},
		"third party, unknown":    {"thirdparty", "GET /recipe/user?thirdPartyId=google&thirdPartyUserId=x", "", `{"status":"UNKNOWN_THIRD_PARTY_USER_ERROR"}`},
		"third party, both":       {"thirdparty", "GET /recipe/user?userId=u&thirdPartyId=google&thirdPartyUserId=x", "", "Please provide only one of userId or (thirdPartyId & thirdPartyUserId)"},
		"third party, half":       {"thirdparty", "GET /recipe/user?thirdPartyId=google", "", "Please provide one of userId or (thirdPartyId & thirdPartyUserId)"},
		"passwordless, by id":     {"passwordless", "GET /recipe/user?userId=u2", "", `{"status":"OK","user":` + oldAda + `}`},
		"passwordless, by email":  {"passwordless", "GET /recipe/user?email=ada@example.com", "", `{"status":"UNKNOWN_EMAIL_ERROR"}`},
		"passwordless, by phone":  {"passwordless", "GET /recipe/user?phoneNumber=1", "", `{"status":"UNKNOWN_PHONE_NUMBER_ERROR"}`},
		"passwordless, two":       {"passwordless", "GET /recipe/user?phoneNumber=1&email=a", "", "Please provide exactly one of userId, email or phoneNumber"},
		"passwordless, none":      {"passwordless", "GET /recipe/user", "", "Please provide exactly one of userId, email or phoneNumber"},
		"passwordless, update":    {"passwordless", "PUT /recipe/user", `{"userId":"u1","email":null}`, `{"status":"OK"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, text, _ := ask(t, serve(t, adas()), tt.target, tt.body, "cdi-version: 3.1", "rid: "+tt.rid); text != tt.want+"\n" {
				t.Errorf("got  %swant %s", text, tt.want)
			}
		})
	}
}
