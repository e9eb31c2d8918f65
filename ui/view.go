package ui

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/posternauth/postern/delivery"
)

//go:embed templates
var templateFiles embed.FS

// view is what a page shows, from top to bottom.
type view struct {
	Mark    string // an icon in the place of the logo: mail, check, alert
	Title   string
	Lead    string
	More    string // a second paragraph
	Notice  string
	Problem problem
	Account *Account
	Rows    []row    // what somebody has
	Choices []choice // ways to go on
	SetUp   *setUp   // a phone that is being set up
	Codes   []string // recovery codes, shown once
	Action  link     // looks like a button
	Forms   []form
	Links   []link
	Other   link // at the foot of the card, with a question before it
	Mails   []delivery.Message
	Session session
}

// session is what the script needs to keep a session alive.
type session struct {
	ExpiresIn int64  // ms until the access token ends, 0 for not known
	Stale     string // where to go if an ended access token can be renewed
}

// problem is what went wrong, at the top of the page.
type problem struct {
	Title string
	Href  string // the field that it is about, "#email"
	Items []link // the details, the same way
}

// failed reports whether there is a problem at all.
func (p problem) failed() bool { return p.Title != "" }

type link struct{ Before, Text, Href string }

// Divided reports whether the choices stand beside a form that does the same.
func (b view) Divided() bool {
	return len(b.Forms) > 0 && len(b.Forms[0].Fields) > 0 && len(b.Rows) == 0
}

// row is one thing that somebody has, with what can be done about it.
type row struct {
	Mark, Brand, Title, Text string
	Link, Href               string
}

type form struct {
	Action   string
	Hidden   []hidden
	Fields   []field
	Submit   string
	Rank     string // of the button: "" for the main thing on the page, quiet, plain
	Auto     bool   // a script sends it at once
	Fragment string // the hidden field that a script fills with the address's fragment
}

type hidden struct{ Name, Value string }

// field is a labelled input. Its id is its name.
type field struct {
	Name, Label, Type, Autocomplete, InputMode string

	Value, Hint, Error string
	Invalid            bool // without an error of its own: the problem describes it
	Focus              bool
	Aside              link
	Length             int  // of a code, if it is not eight digits
	Plain              bool // no capital letters and no spelling
}

// DescribedBy lists the ids of what explains the field.
func (f field) DescribedBy() string {
	var ids []string
	if f.Error != "" {
		ids = append(ids, f.Name+"-error")
	}
	if f.Invalid {
		ids = append(ids, "problem")
	}
	if f.Hint != "" {
		ids = append(ids, f.Name+"-hint")
	}
	return strings.Join(ids, " ")
}

// Secret reports whether the field can show and hide what is typed.
func (f field) Secret() bool { return f.Type == "password" }

// newTemplates reads the pages. Each is the layout with one body.
func (u *UI) newTemplates() (map[string]*template.Template, error) {
	pages := map[string]*template.Template{}
	for _, name := range []string{"card", "outbox"} {
		t, err := template.New(name).Funcs(template.FuncMap{"say": u.say, "spans": spans}).
			ParseFS(templateFiles, "templates/layout.html", "templates/icons.html", "templates/brands.html", "templates/field.html", "templates/"+name+".html")
		if err != nil {
			return nil, err
		}
		pages[name] = t
	}
	return pages, nil
}

// say returns a text; {app} is the name of the app in each.
func (u *UI) say(key string, values ...string) string {
	return u.texts.say(key, append(slices.Clip(values), "app", u.cfg.AppName)...)
}

// frame is what surrounds every view.
type frame struct {
	Page                       view
	Lang, App, Title           string
	Style, Script, Icon        string
	Logo                       template.URL // checked with the theme
	Home, Refresh, OutboxFrame string
	OldBrowser                 bool
}

// render draws a view, and sends nothing of it if that fails.
func (v *visit) render(code int, body view, name string) {
	gateway := v.cfg.GatewayPath
	f := frame{
		Page: body, Lang: v.cfg.Lang, App: v.cfg.AppName,
		Title: v.say("page.title", "title", body.Title),
		Style: gateway + v.assets.style.path, Script: gateway + v.assets.script.path, Icon: gateway + v.assets.icon.path,
		Logo: template.URL(v.cfg.Theme.Logo),
		Home: v.link(""), Refresh: gateway + v.cfg.APIBasePath + "/session/refresh", OutboxFrame: v.path("/outbox/mail"),
		OldBrowser: v.r.Header.Get("Sec-Fetch-Site") == "",
	}
	if body.Problem.failed() {
		f.Title = v.say("page.error-title", "title", body.Title)
	}
	var b bytes.Buffer
	if err := v.templates[name].ExecuteTemplate(&b, "layout.html", f); err != nil {
		v.cfg.Log.ErrorContext(v.r.Context(), "a page cannot be drawn", "path", v.r.URL.Path, "err", err)
		http.Error(v.w, v.say("error.unknown"), http.StatusInternalServerError)
		return
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(code)
	_, _ = v.w.Write(b.Bytes())
}

// show draws a card that is not about a failure.
func (v *visit) show(body view) { v.render(http.StatusOK, body, "card") }

// refuse answers a form that nothing is done with.
func (v *visit) refuse(code int, text string) {
	v.render(code, view{
		Mark: "alert", Title: v.say("error.summary-plain"),
		Problem: problem{Title: v.say(text)},
		Action:  link{Text: v.say("error.back"), Href: v.path("")},
	}, "card")
}
