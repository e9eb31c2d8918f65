package delivery_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posternauth/postern/delivery"
)

const link = "https://example.com/auth/reset-password?token=abc-_123&tenantId=public"

func TestLetters(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func() (delivery.Email, error){
		"reset":               delivery.PasswordReset{AppName: "Example", To: "ada@example.com", Link: link}.Email,
		"verify":              delivery.VerifyEmail{AppName: "Example", To: "ada@example.com", Link: link, Code: "12345678"}.Email,
		"disarmed":            delivery.Disarmed{AppName: "Example", To: "ada@example.com", Link: link, Made: time.Now()}.Email,
		"verify with no code": delivery.VerifyEmail{AppName: "Example", To: "ada@example.com", Link: link}.Email,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mail, err := write()
			if err != nil {
				t.Fatal(err)
			}
			if mail.To != "ada@example.com" || !strings.Contains(mail.Subject, "Example") {
				t.Errorf("To %q, Subject %q", mail.To, mail.Subject)
			}
			if !strings.Contains(mail.Text, "\n"+link+"\n") {
				t.Errorf("the link does not stand on a line of its own:\n%s", mail.Text)
			}
			if n := strings.Count(mail.HTML, strings.ReplaceAll(link, "&", "&amp;")); n < 2 {
				t.Errorf("the HTML has the link %d times, want it on the button and in full", n)
			}
			hasCode := name == "verify"
			for _, body := range []string{mail.Text, mail.HTML} {
				if !strings.Contains(body, "mail is meant for ada@example.com") {
					t.Errorf("the footer is missing:\n%s", body)
				}
				if strings.Contains(body, "1234 5678") != hasCode || strings.Contains(body, "ten minutes") != hasCode {
					t.Errorf("the code is wrong:\n%s", body)
				}
			}
		})
	}
}

func TestLettersEscape(t *testing.T) {
	t.Parallel()
	const evil = `<svg/onload=alert(1)>'"&{{7}}`
	mail, err := delivery.VerifyEmail{
		AppName: evil, To: "ada@example.com", Code: evil,
		Link: `https://example.com/?a="><script>alert(1)</script>`,
	}.Email()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<svg", "<script", "?a=\">"} {
		if strings.Contains(mail.HTML, bad) {
			t.Errorf("%s went through:\n%s", bad, mail.HTML)
		}
	}
	if !strings.Contains(mail.Text, evil) {
		t.Errorf("the plain form must show text as it is:\n%s", mail.Text)
	}
}

func TestLettersRefuse(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]delivery.VerifyEmail{
		"AppName: header":  {AppName: "x\r\nBcc: eve@example.com", To: "ada@example.com", Link: link},
		"AppName: empty":   {To: "ada@example.com", Link: link},
		"To: header":       {AppName: "x", To: "ada@example.com\r\nBcc: eve@example.com", Link: link},
		"To: two":          {AppName: "x", To: "ada@example.com, eve@example.com", Link: link},
		"To: named":        {AppName: "x", To: "Ada <ada@example.com>", Link: link},
		"To: empty":        {AppName: "x", Link: link},
		"Link: script":     {AppName: "x", To: "ada@example.com", Link: "javascript:alert(1)"},
		"Link: no host":    {AppName: "x", To: "ada@example.com", Link: "/auth/reset"},
		"Link: two lines":  {AppName: "x", To: "ada@example.com", Link: "https://example.com/\nhttps://evil.example"},
		"Link: with space": {AppName: "x", To: "ada@example.com", Link: "https://example.com/ x"},
		"Code: two lines":  {AppName: "x", To: "ada@example.com", Link: link, Code: "1\n2"},
	} {
		field, _, _ := strings.Cut(name, ":")
		if _, err := v.Email(); err == nil || !strings.Contains(err.Error(), "delivery: "+field+":") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestSendersRefuse(t *testing.T) {
	t.Parallel()
	smtp, err := delivery.NewSMTP(delivery.SMTPConfig{Host: "127.0.0.1", Port: 1, From: delivery.From{Address: "a@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, sender := range []delivery.Sender{smtp, new(delivery.Outbox)} {
		for field, mail := range map[string]delivery.Email{
			"To":      {To: "a@example.com\nBcc: b@example.com", Subject: "x", Text: "x"},
			"Subject": {To: "a@example.com", Subject: "x\r\nBcc: b@example.com", Text: "x"},
			"Text":    {To: "a@example.com", Subject: "x"},
		} {
			if err := sender.Send(t.Context(), mail); err == nil || !strings.Contains(err.Error(), "delivery: "+field) {
				t.Errorf("%T: %s: got %v", sender, field, err)
			}
		}
	}
}

func TestOutbox(t *testing.T) {
	t.Parallel()
	noon := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	o := &delivery.Outbox{Now: func() time.Time { return noon }}
	var wg sync.WaitGroup
	for range 130 {
		wg.Go(func() {
			if err := o.Send(t.Context(), delivery.Email{To: "a@example.com", Subject: "x", Text: "x"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got := o.Messages()
	if len(got) != 100 || got[0].ID != 130 || got[99].ID != 31 || !got[0].Time.Equal(noon) {
		t.Errorf("%d mails from %d to %d", len(got), got[0].ID, got[len(got)-1].ID)
	}
}

func TestOutboxLast(t *testing.T) {
	t.Parallel()
	var o delivery.Outbox
	for i, to := range []string{"a@example.com", "b@example.com", "A@example.com"} {
		if err := o.Send(t.Context(), delivery.Email{To: to, Subject: "x", Text: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if m, ok := o.Last("a@EXAMPLE.com"); !ok || m.Text != "2" {
		t.Errorf("got %v, %v", m, ok)
	}
	if m, ok := o.Last("c@example.com"); ok {
		t.Errorf("got %v", m)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.Send(ctx, delivery.Email{To: "c@example.com", Subject: "x", Text: "x"}); err == nil {
		t.Error("a cancelled context was not seen")
	}
}
