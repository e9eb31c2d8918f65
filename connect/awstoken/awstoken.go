// Package awstoken makes the passwords of databases that are opened by IAM:
// Aurora DSQL, and RDS or Aurora with IAM authentication. They live for 15
// minutes and are made without asking anybody.
//
//	cfg.Engine.DatabasePassword = awstoken.Source{
//		Service: awstoken.DSQL, Host: "abc.dsql.eu-central-1.on.aws", Region: "eu-central-1", User: "postern",
//		Credentials: awstoken.FromEnvironment(os.Getenv),
//	}.Password
//
// It is a package of its own so that only those who need it carry the
// signature of AWS with them.
package awstoken

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/posternauth/postern/core"
)

// Service is the kind of database.
type Service string

// The services.
const (
	DSQL Service = "dsql"   // Aurora DSQL
	RDS  Service = "rds-db" // RDS and Aurora with IAM authentication
)

// lifetime is how long a token opens new connections. Those that are open
// stay so.
const lifetime = "900" // seconds

// emptyHash is the SHA-256 of a request without a body.
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// Credentials are those of the function's role. SessionToken is empty for
// keys that do not expire.
type Credentials struct {
	AccessKeyID  string
	SecretKey    core.Secret
	SessionToken core.Secret
}

// Source makes tokens.
type Source struct {
	Service Service
	Host    string // of the database; for RDS with its port: "db.example.com:5432"
	Region  string
	User    string // of the database: "admin" of DSQL is its administrator
	// Credentials are asked for with each token: on Lambda they change.
	Credentials func(context.Context) (Credentials, error)
	Now         func() time.Time // default time.Now
}

// FromEnvironment reads the credentials that Lambda gives a function.
func FromEnvironment(env func(string) string) func(context.Context) (Credentials, error) {
	return func(context.Context) (Credentials, error) {
		c := Credentials{
			AccessKeyID: env("AWS_ACCESS_KEY_ID"), SecretKey: core.Secret(env("AWS_SECRET_ACCESS_KEY")), SessionToken: core.Secret(env("AWS_SESSION_TOKEN")),
		}
		if c.AccessKeyID == "" || c.SecretKey == "" {
			return c, errors.New("awstoken: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; a Lambda function has them")
		}
		return c, nil
	}
}

// Password returns a token for a new connection.
func (s Source) Password(ctx context.Context) (core.Secret, error) {
	if s.Host == "" || s.Region == "" || s.User == "" || s.Credentials == nil || s.Service != DSQL && s.Service != RDS {
		return "", errors.New("awstoken: Service, Host, Region, User and Credentials are all needed")
	}
	c, err := s.Credentials(ctx)
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+s.Host+"/?"+s.query().Encode(), http.NoBody)
	if err != nil {
		return "", err
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	signed, _, err := v4.NewSigner().PresignHTTP(ctx, aws.Credentials{
		AccessKeyID: c.AccessKeyID, SecretAccessKey: string(c.SecretKey), SessionToken: string(c.SessionToken),
	}, r, emptyHash, string(s.Service), s.Region, now().UTC())
	return core.Secret(strings.TrimPrefix(signed, "https://")), err
}

// query is what is signed: the right to connect, as whom.
func (s Source) query() url.Values {
	q := url.Values{"X-Amz-Expires": {lifetime}}
	if s.Service == RDS {
		q.Set("Action", "connect")
		q.Set("DBUser", s.User)
		return q
	}
	q.Set("Action", "DbConnect")
	if s.User == "admin" {
		q.Set("Action", "DbConnectAdmin")
	}
	return q
}
