package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/posternauth/postern/connect"
	"github.com/posternauth/postern/core"
)

type userCmd struct {
	List   userListCmd   `cmd:"" help:"List users, newest first."`
	Create userCreateCmd `cmd:"" help:"Create a user with an email and a password."`
	Delete userDeleteCmd `cmd:"" help:"Delete a user and all that belongs to it."`
}

// target is the core that a user command works on.
type target struct {
	database
	APIKey core.Secret `name:"api-key" env:"POSTERN_API_KEY" placeholder:"KEY" help:"Key of the core, if --db is one behind HTTP."`
	App    string      `default:"public" help:"App (${default})."`
	Tenant string      `default:"public" help:"Tenant (${default})."`
	JSON   bool        `help:"Print JSON."`
}

// with opens the core for the time of do.
func (t target) with(ctx context.Context, do func(*core.Core) error) error {
	uri, err := t.uri()
	if err != nil {
		return err
	}
	c, err := connect.Open(ctx, connect.Config{URI: uri, APIKey: t.APIKey, AppID: t.App})
	if err != nil {
		return err
	}
	return errors.Join(do(c.App), c.Close())
}

type userListCmd struct {
	target
	Search string `placeholder:"TEXT" help:"Only users whose email begins with TEXT, or whose email's domain does."`
	Limit  int    `default:"100" help:"At most this many (${default}, 500 at most)."`
}

// Run lists users.
func (c userListCmd) Run(ctx context.Context, term *terminal) error {
	return c.with(ctx, func(app *core.Core) error {
		page, err := app.User.List(ctx, core.ListUsers{TenantID: c.Tenant, Limit: c.Limit, TimeJoinedOrder: "DESC", Email: c.Search})
		if err != nil {
			return err
		}
		if c.JSON {
			return term.json(page)
		}
		if len(page.Users) == 0 {
			term.say("No users.")
			term.hint("Create one: postern user create --email ada@example.com")
			return nil
		}
		return printUsers(term.out, page.Users)
	})
}

func printUsers(w io.Writer, users []core.User) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tEMAIL\tVERIFIED\tJOINED")
	for _, u := range users {
		verified := "no"
		for _, m := range u.LoginMethods {
			if m.Verified {
				verified = "yes"
			}
		}
		joined := time.UnixMilli(u.TimeJoined).UTC().Format(time.DateTime)
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", u.ID, strings.Join(u.Emails, ", "), verified, joined)
	}
	return table.Flush()
}

type userCreateCmd struct {
	target
	Email string `required:"" help:"Email of the user."`
}

// Run creates a user. The password is read from standard input, so that it
// stands in no list of processes and no history.
func (c userCreateCmd) Run(ctx context.Context, term *terminal) error {
	if isTerminal(os.Stdin) {
		term.say("Password (will be visible):")
	}
	password, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("standard input: %w", err)
	}
	if password = strings.TrimRight(password, "\r\n"); password == "" {
		return errors.New("no password: write it to standard input")
	}
	return c.with(ctx, func(app *core.Core) error {
		out, err := app.EmailPassword.SignUp(ctx, core.SignUp{TenantID: c.Tenant, Email: c.Email, Password: core.Secret(password)})
		switch {
		case errors.Is(err, core.EmailAlreadyExists):
			return fmt.Errorf("there is a user with the email %s already", c.Email)
		case err != nil:
			return err
		case c.JSON:
			return term.json(out)
		}
		fmt.Fprintln(term.out, out.User.ID)
		return nil
	})
}

type userDeleteCmd struct {
	target
	ID string `arg:"" help:"Id of the user."`
}

// Run deletes a user.
func (c userDeleteCmd) Run(ctx context.Context, term *terminal) error {
	return c.with(ctx, func(app *core.Core) error {
		if _, err := app.User.ByID(ctx, core.UserByID{UserID: c.ID}); err != nil {
			if errors.Is(err, core.UnknownUserID) {
				return fmt.Errorf("there is no user with the id %s; see `postern user list`", c.ID)
			}
			return err
		}
		if _, err := app.User.Remove(ctx, core.RemoveUser{UserID: c.ID}); err != nil {
			return err
		}
		if c.JSON {
			return term.json(struct {
				Deleted string `json:"deleted"`
			}{c.ID})
		}
		fmt.Fprintf(term.out, "Deleted %s.\n", c.ID)
		return nil
	})
}
