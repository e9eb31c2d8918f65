package main

import (
	"context"
	"fmt"

	"github.com/posternauth/postern/internal/doctor"
)

type doctorCmd struct {
	URL     string `arg:"" help:"Where the APIs are, with stage and base path: https://api.example.com/dev/auth"`
	Website string `placeholder:"URL" help:"The frontend (that of the URL), with the path of its sign-in pages if that is not /auth."`
	JSON    bool   `help:"Print JSON."`
}

// Run prints what is wrong with a backend, and fails if anything is.
func (c doctorCmd) Run(ctx context.Context, term *terminal) error {
	report, err := doctor.Check(ctx, doctor.Config{URL: c.URL, Website: c.Website})
	if err != nil {
		return err
	}
	if c.JSON {
		if err := term.json(report); err != nil {
			return err
		}
	} else {
		c.print(term, report)
	}
	if n := len(report.Findings); n > 0 {
		return fmt.Errorf("%d found", n)
	}
	term.say("%s", term.paint(green, "Nothing is wrong, as far as can be seen from here."))
	return nil
}

func (c doctorCmd) print(term *terminal, report doctor.Report) {
	for _, f := range report.Findings {
		fmt.Fprintf(term.out, "%s  %s\n    %s\n", term.paint(bold, f.Name), f.What, f.Fix)
	}
	if len(report.Providers) > 0 {
		term.say("The redirect URIs to register at the providers:")
	}
	for _, p := range report.Providers {
		term.say("  %-14s %s", p.Name, term.paint(bold, p.RedirectURI))
	}
}
