package main

import (
	"context"
	"fmt"

	"github.com/posternauth/postern/internal/doctor"
)

type doctorCmd struct {
	URL     string `arg:"" help:"Where the APIs are, with stage and base path: https://api.example.com/dev/auth"`
	Website string `placeholder:"URL" help:"Origin of the frontend (that of the URL)."`
	JSON    bool   `help:"Print JSON."`
}

// Run prints what is wrong with a backend, and fails if anything is.
func (c doctorCmd) Run(ctx context.Context, term *terminal) error {
	found, err := doctor.Check(ctx, doctor.Config{URL: c.URL, Website: c.Website})
	if err != nil {
		return err
	}
	if c.JSON {
		if found == nil {
			found = []doctor.Finding{}
		}
		err = term.json(found)
	} else {
		for _, f := range found {
			fmt.Fprintf(term.out, "%s  %s\n    %s\n", term.paint(bold, f.Name), f.What, f.Fix)
		}
	}
	if err == nil && len(found) > 0 {
		return fmt.Errorf("%d found", len(found))
	}
	if err == nil {
		term.say("%s", term.paint(green, "Nothing is wrong, as far as can be seen from here."))
	}
	return err
}
