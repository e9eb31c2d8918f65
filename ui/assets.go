package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

//go:embed assets
var assetFiles embed.FS

// asset is a file that never changes under its path, which holds its hash.
type asset struct {
	path, kind  string
	plain, gzip []byte
}

// newAsset compresses once, as well as it can be done.
func newAsset(dir, name, kind string, body []byte) asset {
	sum := sha256.Sum256(body)
	stem, extension, _ := strings.Cut(name, ".")
	var packed bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	_, _ = zip.Write(body) // a buffer takes everything
	_ = zip.Close()
	return asset{
		path: dir + "/assets/" + stem + "-" + hex.EncodeToString(sum[:6]) + "." + extension,
		kind: kind, plain: body, gzip: packed.Bytes(),
	}
}

// assets are the files that every page uses.
type assets struct{ style, script, icon asset }

// newAssets makes one stylesheet of the brand's colours and our own rules.
func newAssets(dir, appName string, theme Theme) (assets, error) {
	style, err := fs.ReadFile(assetFiles, "assets/style.css")
	if err != nil {
		return assets{}, err
	}
	script, err := fs.ReadFile(assetFiles, "assets/script.js")
	if err != nil {
		return assets{}, err
	}
	icon, err := tile(appName, theme)
	if err != nil {
		return assets{}, err
	}
	return assets{
		style:  newAsset(dir, "style.css", "text/css; charset=utf-8", append([]byte(theme.stylesheet()), style...)),
		script: newAsset(dir, "script.js", "text/javascript; charset=utf-8", script),
		icon:   newAsset(dir, "icon.svg", "image/svg+xml", icon),
	}, nil
}

// tile draws the first letter of the app's name on its colour.
func tile(appName string, theme Theme) ([]byte, error) {
	t, err := template.ParseFS(assetFiles, "assets/icon.svg")
	if err != nil {
		return nil, err
	}
	letter, _ := utf8.DecodeRuneInString(strings.TrimSpace(appName))
	accent := parse(theme.Accent)
	var b bytes.Buffer
	err = t.Execute(&b, map[string]string{
		"Letter": strings.ToUpper(string(letter)),
		"Ground": accent.String(), "Ink": accent.readable().String(),
	})
	return b.Bytes(), err
}

// all finds the assets by path.
func (a assets) all() map[string]asset {
	return map[string]asset{a.style.path: a.style, a.script.path: a.script, a.icon.path: a.icon}
}

func (a asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := a.plain
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = a.gzip
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // net/http drops it for HEAD
}

// acceptsGzip reads Accept-Encoding; "gzip;q=0" says no.
func acceptsGzip(r *http.Request) bool {
	for _, coding := range strings.Split(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(quality), "q="), 64)
			return err != nil || q > 0
		}
	}
	return false
}
