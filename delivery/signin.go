package delivery

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// SignIn is the mail, or the message, by which somebody signs in: with a code,
// a link or both.
type SignIn struct {
	AppName string
	To      string        // an email address or a phone number
	Code    string        // what to type
	Link    string        // where to go instead; http or https
	Life    time.Duration // how long both are good
}

// Email writes the mail. It fails when a field is missing or is not what its
// comment says.
func (s SignIn) Email() (Email, error) {
	if s.Code == "" && s.Link == "" {
		return Email{}, errors.New("delivery: SignIn: has neither a code nor a link")
	}
	return letter{
		name: "sign_in", Subject: "Sign in to " + s.AppName,
		AppName: s.AppName, To: s.To, Link: s.Link, LinkOptional: true, Code: s.Code, Life: humanise(s.Life),
	}.email()
}

// Text writes the message.
func (s SignIn) Text() (Text, error) {
	var lines []string
	switch {
	case s.Code != "" && s.Link != "":
		lines = []string{"Your code for " + s.AppName + " is " + s.Code + ", or open " + s.Link}
	case s.Code != "":
		lines = []string{"Your code for " + s.AppName + " is " + s.Code}
	case s.Link != "":
		lines = []string{"Sign in to " + s.AppName + ": " + s.Link}
	default:
		return Text{}, errors.New("delivery: SignIn: has neither a code nor a link")
	}
	lines = append(lines, "", "It is good for "+humanise(s.Life)+". Tell it to nobody.")
	text := Text{To: s.To, Body: strings.Join(lines, "\n")}
	return text, text.check()
}

// humanise writes a duration as people do: "45 seconds", "15 minutes", "1.5
// hours".
func humanise(d time.Duration) string {
	count := func(n, unit string) string {
		if n == "1" {
			return n + " " + unit
		}
		return n + " " + unit + "s"
	}
	switch {
	case d < time.Minute:
		return count(fmt.Sprint(int(d.Seconds())), "second")
	case d < time.Hour:
		return count(fmt.Sprint(int(d.Minutes())), "minute")
	}
	tenths := math.Floor(d.Hours() * 10)
	return count(strings.TrimSuffix(fmt.Sprintf("%.1f", tenths/10), ".0"), "hour")
}
