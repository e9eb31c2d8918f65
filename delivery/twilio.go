package delivery

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/posternauth/postern/core"
)

// TwilioConfig is the settings of a [Twilio] sender.
type TwilioConfig struct {
	AccountSID string
	AuthToken  core.Secret
	// From is the number that messages come from, or MessagingServiceSID the
	// service that chooses one. Exactly one of them.
	From                string
	MessagingServiceSID string

	Timeout time.Duration // for one message; default 5 s
	BaseURL string        // default https://api.twilio.com
}

// Twilio is a [TextSender] by Twilio's HTTP API.
type Twilio struct {
	cfg    TwilioConfig
	client *http.Client
}

// NewTwilio checks the settings and returns every mistake in them. It asks
// nobody.
func NewTwilio(cfg TwilioConfig) (*Twilio, error) {
	cfg.Timeout = cmp.Or(cfg.Timeout, 5*time.Second)
	cfg.BaseURL = strings.TrimSuffix(cmp.Or(cfg.BaseURL, "https://api.twilio.com"), "/")
	var errs []error
	if cfg.AccountSID == "" {
		errs = append(errs, errors.New("delivery: TwilioConfig.AccountSID: is missing"))
	}
	if cfg.AuthToken == "" {
		errs = append(errs, errors.New("delivery: TwilioConfig.AuthToken: is missing"))
	}
	if (cfg.From == "") == (cfg.MessagingServiceSID == "") {
		errs = append(errs, errors.New(`delivery: TwilioConfig.From: Please pass exactly one of "from" and "messagingServiceSid" config for twilioSettings.`))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &Twilio{cfg, &http.Client{
		Timeout:       cfg.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// SendText sends a message. It fails with *core.Unavailable when Twilio cannot
// be reached or says to come back later.
func (t *Twilio) SendText(ctx context.Context, text Text) error {
	if err := text.check(); err != nil {
		return err
	}
	form := url.Values{"To": {text.To}, "Body": {text.Body}}
	if t.cfg.From != "" {
		form.Set("From", t.cfg.From)
	} else {
		form.Set("MessagingServiceSid", t.cfg.MessagingServiceSID)
	}
	address := t.cfg.BaseURL + "/2010-04-01/Accounts/" + url.PathEscape(t.cfg.AccountSID) + "/Messages.json"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(t.cfg.AccountSID, string(t.cfg.AuthToken))
	res, err := t.client.Do(r)
	if err != nil {
		return &core.Unavailable{Err: fmt.Errorf("delivery: Twilio: %w", err)}
	}
	defer res.Body.Close()
	return twilioAnswer(res)
}

// twilioAnswer says what came of it. What Twilio says may repeat the number,
// so only its code is told.
func twilioAnswer(res *http.Response) error {
	if res.StatusCode < 300 {
		return nil
	}
	var problem struct{ Code int }
	_ = json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&problem) // without one there is still the status
	err := fmt.Errorf("delivery: Twilio answers %d (its error %d, see https://www.twilio.com/docs/api/errors)", res.StatusCode, problem.Code)
	if res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= 500 {
		return &core.Unavailable{Err: err}
	}
	return err
}
