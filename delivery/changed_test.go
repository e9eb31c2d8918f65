package delivery_test

import (
	"context"
	"strings"
	"testing"

	"github.com/posternauth/postern/delivery"
)

// TestAccountChanged says what was changed and what to do, with and without a
// page for a new password.
func TestAccountChanged(t *testing.T) {
	t.Parallel()
	notice := delivery.AccountChanged{AppName: "Example", To: "ada@example.com", What: "A new password was set.", Link: "https://example.com/auth/reset-password"}
	for _, link := range []string{notice.Link, ""} {
		notice.Link = link
		mail, err := notice.Email()
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{mail.Text, mail.HTML} {
			if !strings.Contains(body, notice.What) || !strings.Contains(body, "If it was not you") || strings.Contains(body, "Set a new password at once") != (link != "") {
				t.Errorf("the mail is\n%s", body)
			}
		}
	}
	notice.What = "two\nlines"
	if _, err := notice.Email(); err == nil || !strings.Contains(err.Error(), "What") {
		t.Errorf("err = %v", err)
	}
}

// TestSendAll goes on where an address cannot be reached.
func TestSendAll(t *testing.T) {
	t.Parallel()
	box := new(delivery.Outbox)
	err := delivery.AccountChanged{AppName: "Example", What: "A new password was set."}.SendAll(context.Background(), box, []string{"nobody", "ada@example.com"})
	if _, ok := box.Last("ada@example.com"); !ok || err == nil {
		t.Errorf("sent %v: %v", box.Messages(), err)
	}
}
