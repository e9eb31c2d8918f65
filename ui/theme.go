package ui

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Theme is the brand on the pages. Colours are written #rgb or #rrggbb. What
// stands on them is chosen so that it can be read.
type Theme struct {
	// Logo is a path on this site or a data URI of an image. Default: a tile
	// with the first letter of the app's name.
	Logo string

	Accent         string // buttons and links; default #0f6b5c
	AccentDark     string // the same for dark screens; default #5ed0b8, or Accent if that is set
	Background     string // around the card; default #f3f5f4
	BackgroundDark string // default #0d1211
}

const (
	defaultAccent         = "#0f6b5c"
	defaultAccentDark     = "#5ed0b8"
	defaultBackground     = "#f3f5f4"
	defaultBackgroundDark = "#0d1211"

	// The card's colours, as in assets/style.css: links must be readable there.
	cardLight = "#ffffff"
	cardDark  = "#161d1b"

	contrastAA = 4.5 // the ratio that ordinary text needs
)

func (t Theme) withDefaults() Theme {
	if t.AccentDark == "" {
		t.AccentDark = t.Accent
	}
	for value, standard := range map[*string]string{
		&t.Accent: defaultAccent, &t.AccentDark: defaultAccentDark,
		&t.Background: defaultBackground, &t.BackgroundDark: defaultBackgroundDark,
	} {
		if *value == "" {
			*value = standard
		}
	}
	return t
}

var (
	hexColour = regexp.MustCompile(`^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)
	dataImage = regexp.MustCompile(`^data:image/(png|jpeg|gif|webp|avif|svg\+xml);base64,([A-Za-z0-9+/]+={0,2})$`)
)

// check returns all mistakes, each with the name of its field.
func (t Theme) check() error {
	var errs []error
	for _, f := range []struct{ name, value string }{
		{"Accent", t.Accent}, {"AccentDark", t.AccentDark},
		{"Background", t.Background}, {"BackgroundDark", t.BackgroundDark},
	} {
		if f.value != "" && !hexColour.MatchString(f.value) {
			errs = append(errs, fmt.Errorf("ui: Config.Theme.%s: %q must be a colour like #0f6b5c", f.name, f.value))
		}
	}
	if t.Logo != "" && SafeRedirect(t.Logo, "") == "" && !isDataImage(t.Logo) {
		errs = append(errs, errors.New("ui: Config.Theme.Logo: must be a path on this site like /logo.svg, or data:image/…;base64,…"))
	}
	return errors.Join(errs...)
}

func isDataImage(s string) bool {
	m := dataImage.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	_, err := base64.StdEncoding.DecodeString(m[2])
	return err == nil
}

// stylesheet is the theme as custom properties, for both kinds of screens.
func (t Theme) stylesheet() string {
	return ":root{" + properties(parse(t.Accent), parse(t.Background), parse(cardLight)) + "}\n" +
		"@media (prefers-color-scheme:dark){:root{" + properties(parse(t.AccentDark), parse(t.BackgroundDark), parse(cardDark)) + "}}\n"
}

func properties(accent, background, card colour) string {
	on := accent.readable()
	return fmt.Sprintf("--accent:%s;--accent-strong:%s;--on-accent:%s;--link:%s;--page:%s;--quiet-on-page:%s",
		accent, accent.toward(on.opposite(), 0.14), on, accent.against(card), background, colour{110, 120, 117}.against(background))
}

// colour is red, green and blue, 0 to 255.
type colour [3]float64

var black, white = colour{}, colour{255, 255, 255}

// parse reads a colour that has been checked.
func parse(hex string) (c colour) {
	hex = strings.TrimPrefix(hex, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	for i := range c {
		v, _ := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		c[i] = float64(v)
	}
	return c
}

func (c colour) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(c[0]+.5), int(c[1]+.5), int(c[2]+.5))
}

// readable is black or white, whichever can be read better on c. The better
// one always has a ratio of 4.58 at least.
func (c colour) readable() colour {
	if contrast(c, white) >= contrastAA || contrast(c, white) > contrast(c, black) {
		return white
	}
	return black
}

func (c colour) opposite() colour {
	if c == white {
		return black
	}
	return white
}

// toward mixes c with another colour, by a share from 0 to 1.
func (c colour) toward(other colour, share float64) (mix colour) {
	for i := range c {
		mix[i] = c[i] + (other[i]-c[i])*share
	}
	return mix
}

// against is c, made darker or lighter until it can be read on a ground.
func (c colour) against(ground colour) colour {
	end, mix := ground.readable(), c
	for share := 0.0; contrast(mix, ground) < contrastAA && share < 1; share += 0.05 {
		mix = c.toward(end, share)
	}
	return mix
}

// contrast is the ratio of WCAG 2, from 1 to 21.
func contrast(a, b colour) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func (c colour) luminance() float64 {
	var linear [3]float64
	for i, v := range c {
		if v /= 255; v <= 0.04045 {
			linear[i] = v / 12.92
		} else {
			linear[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
}
