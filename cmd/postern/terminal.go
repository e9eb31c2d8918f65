package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// terminal is where a command speaks: results to out, the rest to err. Colours
// are used only where somebody looks.
type terminal struct {
	out, err io.Writer
	colour   bool
}

func newTerminal(out, err io.Writer) *terminal {
	return &terminal{out, err, isTerminal(err) && os.Getenv("NO_COLOR") == ""}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

const (
	red   = "31"
	green = "32"
	bold  = "1"
	faint = "2"
)

func (t *terminal) paint(style, s string) string {
	if !t.colour {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// say tells people something; scripts read out.
func (t *terminal) say(format string, args ...any) { fmt.Fprintf(t.err, format+"\n", args...) }

// fail tells what went wrong.
func (t *terminal) fail(err error) { t.say("%s %v", t.paint(red, "error:"), err) }

// hint tells what to do next.
func (t *terminal) hint(s string) { t.say("%s", t.paint(faint, s)) }

// json prints a result for scripts.
func (t *terminal) json(v any) error {
	e := json.NewEncoder(t.out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
