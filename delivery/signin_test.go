package delivery_test

import (
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern/delivery"
)

// TestSignIn writes every mail and message by which people sign in.
func TestSignIn(t *testing.T) {
	t.Parallel()
	const link = "https://example.com/auth/verify?preAuthSessionId=x#s3cret"
	for name, row := range map[string]struct {
		code, link string
	}{
		"code": {"123456", ""}, "link": {"", link}, "both": {"123456", link},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := delivery.SignIn{AppName: "Example", To: "ada@example.com", Code: row.code, Link: row.link, Life: 15 * time.Minute}
			mail, err := in.Email()
			if err != nil {
				t.Fatal(err)
			}
			in.To = "+12025550143"
			text, err := in.Text()
			if err != nil {
				t.Fatal(err)
			}
			if text.To != in.To || mail.Subject != "Sign in to Example" {
				t.Errorf("To %q, Subject %q", text.To, mail.Subject)
			}
			for _, body := range []string{mail.Text, mail.HTML, text.Body} {
				if strings.Contains(body, "123456") != (row.code != "") || strings.Contains(body, link) != (row.link != "") || !strings.Contains(body, "15 minutes") {
					t.Errorf("code %q, link %q: %s", row.code, row.link, body)
				}
			}
		})
	}
}

func TestSignInRefuses(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]delivery.SignIn{
		"neither":    {AppName: "Example", To: "ada@example.com"},
		"To: a name": {AppName: "Example", To: "Ada", Code: "123456"},
	} {
		if mail, err := in.Email(); err == nil {
			t.Errorf("%s: %+v", name, mail)
		}
		if text, err := in.Text(); err == nil {
			t.Errorf("%s: %+v", name, text)
		}
	}
}

func TestLifetimes(t *testing.T) {
	t.Parallel()
	for life, want := range map[time.Duration]string{
		time.Second: "1 second", 45 * time.Second: "45 seconds", time.Minute: "1 minute", 15 * time.Minute: "15 minutes",
		time.Hour: "1 hour", 90 * time.Minute: "1.5 hours", 48 * time.Hour: "48 hours",
	} {
		text, err := delivery.SignIn{AppName: "Example", To: "+12025550143", Code: "123456", Life: life}.Text()
		if err != nil || !strings.Contains(text.Body, "good for "+want+".") {
			t.Errorf("%s: %s, %v; want %q", life, text.Body, err, want)
		}
	}
}
