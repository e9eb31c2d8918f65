package lambdalocal_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/posternauth/postern/internal/lambdalocal"
)

// captured keeps an event.
type captured struct{ event map[string]any }

func (c *captured) Invoke(_ context.Context, event []byte) ([]byte, error) {
	return []byte(`{"statusCode":200,"body":""}`), json.Unmarshal(event, &c.event)
}

// TestShapes holds the events that a gateway makes to those that real ones
// made: each key that those have is there.
func TestShapes(t *testing.T) {
	t.Parallel()
	// What no function reads.
	unread := "cognito accessKey accountId caller principalOrgId userArn extendedRequestId deploymentId pathParameters x-amzn-tls-version x-amzn-tls-cipher-suite"
	for fixture, g := range map[string]*lambdalocal.Gateway{
		"rest-v1-signin.json":             {Shape: lambdalocal.REST, Stage: "dev"},
		"http-v2-signin-named-stage.json": {Shape: lambdalocal.HTTP, Stage: "dev"},
		"http-v2-refresh-cookies.json":    {Shape: lambdalocal.HTTP},
		"fnurl-signin.json":               {Shape: lambdalocal.FunctionURL},
		"alb-single-signin.json":          {Shape: lambdalocal.ALB},
		"alb-multi-query-encoded.json":    {Shape: lambdalocal.ALBMulti},
		"rest-v1-custom-domain-root.json": {Shape: lambdalocal.REST, Stage: "dev", Mapping: "/"},
		"rest-v1-get-nulls.json":          {Shape: lambdalocal.REST, Stage: "dev"},
	} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "lambda", "testdata", fixture))
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]any
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		c := new(captured)
		g.Function = c
		r := httptest.NewRequest(http.MethodPost, g.Path()+"/auth/signin?a=1", strings.NewReader(`{"a":"b"}`))
		for name, value := range map[string]string{
			"Content-Type": "application/json", "Accept": "*/*", "Origin": "https://example.com", "User-Agent": "test", "Rid": "x",
			"Fdi-Version": "3.1", "St-Auth-Mode": "cookie", "Content-Length": "9", "Cookie": "a=1",
		} {
			r.Header.Set(name, value)
		}
		g.ServeHTTP(httptest.NewRecorder(), r)
		compareKeys(t, fixture, want, c.event, unread)
	}
}

// compareKeys wants every key of want in got, with a value of the same type.
func compareKeys(t *testing.T, at string, want, got map[string]any, unread string) {
	t.Helper()
	lower := map[string]any{}
	for name, value := range got {
		lower[strings.ToLower(name)] = value
	}
	for name, value := range want {
		if strings.Contains(unread, name) || strings.HasPrefix(name, "cognito") {
			continue
		}
		have, ok := lower[strings.ToLower(name)]
		if !ok {
			t.Errorf("%s: the event has no %s", at, name)
			continue
		}
		inner, isObject := value.(map[string]any)
		haveInner, haveObject := have.(map[string]any)
		if isObject && haveObject && !strings.HasSuffix(name, "ueryStringParameters") {
			compareKeys(t, at+" "+name, inner, haveInner, unread)
		}
	}
}
