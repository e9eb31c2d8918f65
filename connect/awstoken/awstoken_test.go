package awstoken_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern/connect/awstoken"
	"github.com/posternauth/postern/core"
)

func at() time.Time { return time.Date(2026, 11, 26, 4, 0, 0, 0, time.UTC) }

// TestPassword holds tokens to the signature that AWS documents (Signature
// Version 4, query parameters), computed by hand.
func TestPassword(t *testing.T) {
	t.Parallel()
	credentials := awstoken.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretKey: "secret", SessionToken: "session/token+="}
	for _, tt := range []struct {
		source awstoken.Source
		query  string
	}{
		{awstoken.Source{Service: awstoken.DSQL, Host: "abc.dsql.eu-central-1.on.aws", User: "admin"}, "Action=DbConnectAdmin"},
		{awstoken.Source{Service: awstoken.DSQL, Host: "abc.dsql.eu-central-1.on.aws", User: "postern"}, "Action=DbConnect"},
		{awstoken.Source{Service: awstoken.RDS, Host: "db.example.com:5432", User: "postern"}, "Action=connect&DBUser=postern"},
	} {
		tt.source.Region, tt.source.Now = "eu-central-1", at
		tt.source.Credentials = func(context.Context) (awstoken.Credentials, error) { return credentials, nil }
		token, err := tt.source.Password(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		query, signature, ok := strings.Cut(string(token), "&X-Amz-Signature=")
		host, query, _ := strings.Cut(query, "/?")
		if !ok || host != tt.source.Host {
			t.Fatalf("%s", token)
		}
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		scope := "20261126/eu-central-1/" + string(tt.source.Service) + "/aws4_request"
		for name, want := range map[string]string{
			"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": "AKIDEXAMPLE/" + scope, "X-Amz-Date": "20261126T040000Z",
			"X-Amz-Expires": "900", "X-Amz-SignedHeaders": "host", "X-Amz-Security-Token": "session/token+=",
		} {
			if values.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, values.Get(name), want)
			}
		}
		if !strings.HasPrefix(query, tt.query+"&X-Amz-") {
			t.Errorf("%s does not begin with %s", query, tt.query)
		}
		canonical := strings.ReplaceAll(values.Encode(), "+", "%20")
		request := "GET\n/\n" + canonical + "\nhost:" + host + "\n\nhost\n" + hash("")
		if want := sign("secret", scope, "AWS4-HMAC-SHA256\n20261126T040000Z\n"+scope+"\n"+hash(request)); signature != want {
			t.Errorf("the signature is %s, want %s", signature, want)
		}
	}
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func sign(secret, scope, text string) string {
	key := []byte("AWS4" + secret)
	for _, part := range append(strings.Split(scope, "/"), text) {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return hex.EncodeToString(key)
}

// TestMistakes holds that what is missing is named, and no secret is.
func TestMistakes(t *testing.T) {
	t.Parallel()
	if _, err := (awstoken.Source{Service: awstoken.DSQL}).Password(t.Context()); err == nil || !strings.Contains(err.Error(), "Host") {
		t.Errorf("%v", err)
	}
	env := map[string]string{"AWS_ACCESS_KEY_ID": "a"}
	if _, err := awstoken.FromEnvironment(func(name string) string { return env[name] })(t.Context()); err == nil {
		t.Error("half of the credentials are enough")
	}
	env["AWS_SECRET_ACCESS_KEY"] = "canary"
	c, err := awstoken.FromEnvironment(func(name string) string { return env[name] })(t.Context())
	if err != nil || c.SecretKey != core.Secret("canary") {
		t.Errorf("%v, %v", c, err)
	}
}
