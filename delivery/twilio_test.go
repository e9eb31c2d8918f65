package delivery_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
)

// twilio answers as Twilio's API does, and keeps what it was sent.
type twilio struct {
	code int
	body string
	path string
	form url.Values
	user string
}

func (s *twilio) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sid, token, _ := r.BasicAuth()
	_ = r.ParseForm()
	s.path, s.form, s.user = r.Method+" "+r.URL.Path, r.PostForm, sid+":"+token
	w.WriteHeader(s.code)
	_, _ = w.Write([]byte(s.body))
}

func newTwilio(t *testing.T, server *twilio, change func(*delivery.TwilioConfig)) *delivery.Twilio {
	t.Helper()
	at := httptest.NewServer(server)
	t.Cleanup(at.Close)
	cfg := delivery.TwilioConfig{AccountSID: "AC1", AuthToken: "canary-token", From: "+12025550100", BaseURL: at.URL}
	if change != nil {
		change(&cfg)
	}
	sender, err := delivery.NewTwilio(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

var message = delivery.Text{To: "+12025550143", Body: "Your code is 123456"}

func TestTwilioSends(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(*delivery.TwilioConfig)
		want   url.Values
	}{
		"from a number": {nil, url.Values{"To": {message.To}, "Body": {message.Body}, "From": {"+12025550100"}}},
		"by a service": {func(c *delivery.TwilioConfig) { c.From, c.MessagingServiceSID = "", "MG1" },
			url.Values{"To": {message.To}, "Body": {message.Body}, "MessagingServiceSid": {"MG1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &twilio{code: http.StatusCreated, body: `{"sid":"SM1"}`}
			if err := newTwilio(t, server, row.change).SendText(t.Context(), message); err != nil {
				t.Fatal(err)
			}
			if server.path != "POST /2010-04-01/Accounts/AC1/Messages.json" || server.user != "AC1:canary-token" || server.form.Encode() != row.want.Encode() {
				t.Errorf("%s, %s, %v", server.path, server.user, server.form)
			}
		})
	}
}

// TestTwilioFails tells what is worth another try from what is not, and tells
// neither the number nor the token.
func TestTwilioFails(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		code  int
		body  string
		later bool
	}{
		"a wrong number":  {400, `{"code":21211,"message":"The 'To' number +12025550143 is not valid"}`, false},
		"a wrong token":   {401, `{"code":20003}`, false},
		"too many":        {429, `{"code":20429}`, true},
		"out of order":    {503, `<html>`, true},
		"led elsewhere":   {302, ``, false},
		"nonsense in 500": {500, strings.Repeat("x", 1<<20), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := newTwilio(t, &twilio{code: row.code, body: row.body}, nil).SendText(t.Context(), message)
			var down *core.Unavailable
			if err == nil || errors.As(err, &down) != row.later {
				t.Fatalf("err = %v, worth another try: %v", err, row.later)
			}
			if strings.Contains(err.Error(), "2025550143") || strings.Contains(err.Error(), "canary") {
				t.Errorf("it tells %v", err)
			}
		})
	}
	gone := newTwilio(t, new(twilio), func(c *delivery.TwilioConfig) { c.BaseURL = "http://127.0.0.1:1" })
	var down *core.Unavailable
	if err := gone.SendText(t.Context(), message); !errors.As(err, &down) {
		t.Errorf("nobody there: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	if err := newTwilio(t, &twilio{code: 201}, nil).SendText(ctx, message); err == nil {
		t.Error("it is sent after the deadline")
	}
}

func TestTwilioRefuses(t *testing.T) {
	t.Parallel()
	for field, cfg := range map[string]delivery.TwilioConfig{
		"AccountSID": {AuthToken: "t", From: "+1"},
		"AuthToken":  {AccountSID: "AC1", From: "+1"},
		"From":       {AccountSID: "AC1", AuthToken: "t"},
		"exactly":    {AccountSID: "AC1", AuthToken: "t", From: "+1", MessagingServiceSID: "MG1"},
	} {
		if _, err := delivery.NewTwilio(cfg); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	server := &twilio{code: 201}
	sender := newTwilio(t, server, nil)
	for name, text := range map[string]delivery.Text{
		"To": {To: "12025550143", Body: "x"}, "To: two": {To: "+1,+2", Body: "x"}, "Body": {To: "+12025550143", Body: " "},
	} {
		field, _, _ := strings.Cut(name, ":")
		if err := sender.SendText(t.Context(), text); err == nil || !strings.Contains(err.Error(), field) || server.path != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
