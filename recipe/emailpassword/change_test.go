package emailpassword_test

import (
	"strings"
	"testing"

	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/recipe/emailpassword"
)

// TestChangeEndsSessions: a change of password or address ends the sessions of
// whoever knew the old one; the one that made it goes on.
func TestChangeEndsSessions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change       emailpassword.Change
		fails        bool
		own, another bool // named: goes on
	}{
		"password":             {change: emailpassword.Change{Password: "third horse 3"}, own: true},
		"email":                {change: emailpassword.Change{Email: "lovelace@example.com"}, own: true},
		"both":                 {change: emailpassword.Change{Email: "lovelace@example.com", Password: "third horse 3"}, own: true},
		"nothing":              {change: emailpassword.Change{Email: email}, own: true, another: true},
		"nothing that is good": {change: emailpassword.Change{Password: "short"}, fails: true, own: true, another: true},
		"kept":                 {change: emailpassword.Change{Password: "third horse 3", KeepSessions: true}, own: true, another: true},
	} {
		for _, named := range []bool{true, false} {
			a := authtest.New(t, authtest.Config{})
			own, another := a.Browser(), a.Browser()
			id := own.SignUp(email, password)
			another.SignIn(email, password)
			tt.change.RecipeUserID = id
			if named {
				tt.change.Session, _ = own.Payload()["sessionHandle"].(string)
			} else {
				tt.change.Session, tt.own = "", tt.another
			}
			if err := a.EmailPassword.ChangeEmailOrPassword(t.Context(), tt.change); (err != nil) != tt.fails {
				t.Errorf("%s: %v", name, err)
			}
			for who, b := range map[string]*authtest.Browser{"own": own, "another": another} {
				want := map[string]bool{"own": tt.own, "another": tt.another}[who]
				if got := b.RefreshSession().StatusCode; (got == 200) != want {
					t.Errorf("%s, the session is named %v: %s answers %d", name, named, who, got)
				}
			}
		}
	}
}

// TestChangeIsTold mails to where the user was before the change, and not where
// whoever made it is.
func TestChangeIsTold(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]emailpassword.Change{
		"A new password was set.":                                         {Password: "third horse 3"},
		"The email address for signing in was changed.":                   {Email: "lovelace@example.com"},
		"The email address and the password for signing in were changed.": {Email: "lovelace@example.com", Password: "third horse 3"},
		"nothing was":                     {Email: email},
		"the application tells it itself": {Password: "third horse 3", NoMail: true},
	} {
		a := authtest.New(t, authtest.Config{})
		change.RecipeUserID = a.Browser().SignUp(email, password)
		before := len(a.Mail.Messages())
		if err := a.EmailPassword.ChangeEmailOrPassword(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(what, ".") {
			if got := len(a.Mail.Messages()); got != before {
				t.Errorf("%s: %d mails", what, got-before)
			}
			continue
		}
		m, _ := a.Mail.Last(email)
		if !strings.Contains(m.Text, what) || !strings.Contains(m.Text, a.URL+"/auth/reset-password") {
			t.Errorf("%s: the mail is %q", what, m.Text)
		}
		if _, told := a.Mail.Last("lovelace@example.com"); told {
			t.Errorf("%s: the new address is told", what)
		}
	}
}
