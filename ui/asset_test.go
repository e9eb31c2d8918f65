package ui_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/ui"
)

// assetPath finds an asset where a browser does: on a page.
func assetPath(t *testing.T, pages http.Handler, name string) string {
	t.Helper()
	path := regexp.MustCompile(`"(/auth/assets/` + name + `-[0-9a-f]{12}\.[a-z]+)"`).FindStringSubmatch(get(pages, "/auth").Body.String())
	if path == nil {
		t.Fatalf("the page has no %s", name)
	}
	return path[1]
}

func TestAssets(t *testing.T) {
	t.Parallel()
	pages := newUI(t, new(fdi))
	for name, kind := range map[string]string{"style": "text/css; charset=utf-8", "script": "text/javascript; charset=utf-8", "icon": "image/svg+xml"} {
		path := assetPath(t, pages, name)
		plain, packed := get(pages, path), get(pages, path, "Accept-Encoding", "br, gzip;q=0.8")
		for _, w := range []*httptest.ResponseRecorder{plain, packed} {
			h := w.Header()
			if w.Code != 200 || h.Get("Content-Type") != kind || h.Get("X-Content-Type-Options") != "nosniff" ||
				h.Get("Cache-Control") != "public, max-age=31536000, immutable" || h.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s: %d %v", path, w.Code, h)
			}
		}
		zip, err := gzip.NewReader(packed.Body)
		if err != nil || packed.Header().Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: not packed: %v", path, err)
		}
		if unpacked, err := io.ReadAll(zip); err != nil || !bytes.Equal(unpacked, plain.Body.Bytes()) {
			t.Errorf("%s: the packed form is another: %v", path, err)
		}
		if no := get(pages, path, "Accept-Encoding", "gzip;q=0"); no.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s: packed for somebody who cannot unpack it", path)
		}
	}
}

// TestSizes holds the budget: a sign-in page is quick on a bad line.
func TestSizes(t *testing.T) {
	t.Parallel()
	pages := newUI(t, new(fdi))
	for name, budget := range map[string]int{"script": 10_000, "style": 10_000, "icon": 1_000} {
		if n := get(pages, assetPath(t, pages, name), "Accept-Encoding", "gzip").Body.Len(); n > budget {
			t.Errorf("%s has %d bytes packed, more than %d", name, n, budget)
		}
	}
}

func TestTheme(t *testing.T) {
	t.Parallel()
	standard := newUI(t, new(fdi))
	const logo = "data:image/svg+xml;base64,PHN2Zy8+"
	branded := newUI(t, new(fdi), func(c *ui.Config) {
		c.AppName = "ünal & Söhne"
		c.Theme = ui.Theme{Accent: "#FC0", Background: "#fff8e1", Logo: logo}
	})
	style := assetPath(t, branded, "style")
	if style == assetPath(t, standard, "style") {
		t.Error("another theme has the same path, and would come from a cache")
	}
	expect(t, get(branded, style), 200, "--accent:#ffcc00", "--on-accent:#000000", "--page:#fff8e1")
	expect(t, get(branded, "/auth"), 200, `<img class="logo" src="`+strings.ReplaceAll(logo, "+", "&#43;")+`" alt="ünal &amp; Söhne">`)
	expect(t, get(branded, assetPath(t, branded, "icon")), 200, ">Ü</text>", `fill="#ffcc00"`)
}

func TestTexts(t *testing.T) {
	t.Parallel()
	pages := newUI(t, new(fdi), func(c *ui.Config) {
		c.Lang = "de"
		c.Texts = map[string]string{"signin.title": "Anmelden", "signin.lead": "weiter zu {app} <b>"}
	})
	expect(t, get(pages, "/auth"), 200, `<html lang="de">`, "<h1>Anmelden</h1>", "<title>Anmelden · Example</title>", "weiter zu Example &lt;b&gt;")
}

func TestOutbox(t *testing.T) {
	t.Parallel()
	outbox := new(delivery.Outbox)
	pages := newUI(t, new(fdi), func(c *ui.Config) { c.Outbox = outbox })
	expect(t, get(pages, "/auth/outbox"), 200, "No mail yet")
	for _, mail := range []delivery.Email{
		{To: "ada@example.com", Subject: "First <b>", Text: "Go to https://example.com/a?b=1&c=2.\n<script>", HTML: `<p style="color:red">Hi</p>`},
		{To: "bob@example.com", Subject: "Second", Text: "plain"},
	} {
		if err := outbox.Send(t.Context(), mail); err != nil {
			t.Fatal(err)
		}
	}
	w := get(pages, "/auth/outbox")
	expect(t, w, 200, "First &lt;b&gt;", `<a href="https://example.com/a?b=1&amp;c=2">https://example.com/a?b=1&amp;c=2</a>.`, "&lt;script&gt;",
		`src="/auth/outbox/mail?id=1"`, `sandbox="allow-popups allow-popups-to-escape-sandbox"`)
	checkStrict(t, w)
	if body := w.Body.String(); strings.Index(body, "Second") > strings.Index(body, "First") {
		t.Error("the newest mail is not first")
	}
	mail := get(pages, "/auth/outbox/mail?id=1")
	expect(t, mail, 200, `<p style="color:red">Hi</p>`)
	if csp := mail.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "; sandbox") || strings.Contains(csp, "script-src") {
		t.Errorf("the mail could do something: %s", csp)
	}
	for _, id := range []string{"", "3", "x", "-1"} {
		if w := get(pages, "/auth/outbox/mail?id="+id); w.Code != 404 {
			t.Errorf("mail %q: status %d", id, w.Code)
		}
	}
}
