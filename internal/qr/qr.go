// Package qr draws QR codes as SVG.
package qr

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the margin that readers need, in modules.
const quiet = 4

// Code is a QR code: a square of modules, some of them dark.
type Code struct {
	// Size is the length of a side, the margin included.
	Size int
	// Path is the dark modules as the path of an SVG.
	Path string
}

// Encode makes a code that can be read with a seventh of it damaged. It fails
// when the text is too long for any code, about 2,300 bytes.
func Encode(text string) (Code, error) {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return Code{}, err
	}
	var path strings.Builder
	for y := range c.Size {
		for x := 0; x < c.Size; {
			run := 0
			for x+run < c.Size && c.Black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
			}
			x += max(run, 1)
		}
	}
	return Code{c.Size + 2*quiet, path.String()}, nil
}
