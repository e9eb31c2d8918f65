package ui

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// showOutbox lists the mails, newest first.
func (v *visit) showOutbox() {
	v.w.Header().Set("Content-Security-Policy", outboxPolicy)
	v.render(http.StatusOK, view{
		Title: v.say("outbox.title"), Lead: v.say("outbox.lead"), Mails: v.cfg.Outbox.Messages(),
	}, "outbox")
}

// showMail is the HTML form of one mail, for a frame of the outbox.
func (v *visit) showMail() {
	id, err := strconv.Atoi(v.param("id"))
	for _, m := range v.cfg.Outbox.Messages() {
		if err == nil && m.ID == id {
			h := v.w.Header()
			h.Set("Content-Security-Policy", mailPolicy)
			h.Set("X-Frame-Options", "SAMEORIGIN")
			h.Set("Content-Type", "text/html; charset=utf-8")
			_, _ = v.w.Write([]byte(m.HTML))
			return
		}
	}
	http.NotFound(v.w, v.r)
}

// span is a piece of plain text; with an Href it is an address.
type span struct{ Text, Href string }

var webAddress = regexp.MustCompile(`https?://[^\s<>"]+`)

// spans splits plain text so that its addresses can be clicked.
func spans(text string) (all []span) {
	text = strings.TrimSpace(text)
	rest := 0
	for _, at := range webAddress.FindAllStringIndex(text, -1) {
		address := strings.TrimRight(text[at[0]:at[1]], ".,;:!?)")
		all = append(all, span{Text: text[rest:at[0]]}, span{Text: address, Href: address})
		rest = at[0] + len(address)
	}
	return append(all, span{Text: text[rest:]})
}
