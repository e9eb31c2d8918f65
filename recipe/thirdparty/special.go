package thirdparty

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/posternauth/postern/core"
)

// What some providers do in their own way: where the user's data is, and how
// to find out for whom an access token was made.

var errForeign = errors.New("the access token was made for another app")

// ask gets a JSON document with an access token.
func (p *provider) ask(ctx context.Context, address string, token core.Secret, to any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+string(token))
	for name, value := range p.UserInfoHeaders {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	return p.out.JSON(ctx, r, to)
}

// sibling is another path of the server that has an address.
func sibling(address, path string) string {
	u, err := url.Parse(address)
	if err != nil {
		return path // refused as an address
	}
	u.Path, u.RawPath, u.RawQuery = path, "", ""
	return u.String()
}

// githubUser adds the primary address, which the user itself may not show.
func githubUser(ctx context.Context, p *provider, token core.Secret) (map[string]any, error) {
	var emails []map[string]any
	user, err := p.askWithEmails(ctx, token, &emails)
	if err != nil {
		return nil, err
	}
	delete(user, "email") // the public one need not be proved
	addEmails(user, emails, "primary", "verified")
	return user, nil
}

func bitbucketUser(ctx context.Context, p *provider, token core.Secret) (map[string]any, error) {
	var emails struct{ Values []map[string]any }
	user, err := p.askWithEmails(ctx, token, &emails)
	if err != nil {
		return nil, err
	}
	addEmails(user, emails.Values, "is_primary", "is_confirmed")
	return user, nil
}

// askWithEmails asks for a user, and below that for the addresses.
func (p *provider) askWithEmails(ctx context.Context, token core.Secret, emails any) (user map[string]any, err error) {
	if err := p.ask(ctx, p.UserInfoEndpoint, token, &user); err != nil {
		return nil, err
	}
	return user, p.ask(ctx, strings.TrimSuffix(p.UserInfoEndpoint, "/")+"/emails", token, emails)
}

// addEmails adds the addresses to a user; the primary one is the user's.
func addEmails(user map[string]any, emails []map[string]any, primary, verified string) {
	if i := slices.IndexFunc(emails, func(e map[string]any) bool { return isTrue(e[primary]) }); i >= 0 {
		user["email"], user["email_verified"] = emails[i]["email"], emails[i][verified]
	}
	user["emails"] = emails
}

// facebookUser asks for the fields that the scopes give; nothing is told that
// is not asked for.
func facebookUser(ctx context.Context, p *provider, token core.Secret) (map[string]any, error) {
	fields := []string{"id"}
	for _, scope := range p.client.Scope {
		switch {
		case scope == "email":
			fields = append(fields, "email")
		case scope == "public_profile":
			fields = append(fields, "first_name", "last_name", "middle_name", "name", "name_format", "picture", "short_name")
		case strings.HasPrefix(scope, "user_"):
			fields = append(fields, strings.TrimPrefix(scope, "user_"))
		}
	}
	var user map[string]any
	address := withQuery(p.UserInfoEndpoint, overlay(map[string]string{
		"access_token": string(token), "fields": strings.Join(fields, ","), "format": "json",
	}, p.UserInfoParams))
	return user, p.recipe.get(ctx, address, &user)
}

func googleAudience(ctx context.Context, p *provider, token core.Secret) error {
	var info struct{ Aud string }
	address := withQuery(sibling(p.TokenEndpoint, "/tokeninfo"), map[string]string{"access_token": string(token)})
	if err := p.recipe.get(ctx, address, &info); err != nil {
		return err
	}
	if info.Aud != p.client.ClientID {
		return errForeign
	}
	return nil
}

func githubAudience(ctx context.Context, p *provider, token core.Secret) error {
	body, err := json.Marshal(map[string]string{"access_token": string(token)})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, sibling(p.UserInfoEndpoint, "/applications/"+p.client.ClientID+"/token"), bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.SetBasicAuth(p.client.ClientID, string(p.client.ClientSecret))
	r.Header.Set("Content-Type", "application/json")
	var info struct {
		App struct {
			ClientID string `json:"client_id"`
		}
	}
	if err := p.out.JSON(ctx, r, &info); err != nil {
		return err
	}
	if info.App.ClientID != p.client.ClientID {
		return errForeign
	}
	return nil
}

func discordAudience(ctx context.Context, p *provider, token core.Secret) error {
	var info struct{ Application struct{ ID string } }
	if err := p.ask(ctx, sibling(p.UserInfoEndpoint, "/api/oauth2/@me"), token, &info); err != nil {
		return err
	}
	if info.Application.ID != p.client.ClientID {
		return errForeign
	}
	return nil
}

func facebookAudience(ctx context.Context, p *provider, token core.Secret) error {
	address := withQuery(sibling(p.UserInfoEndpoint, "/debug_token"), map[string]string{
		"input_token": string(token), "access_token": p.client.ClientID + "|" + string(p.client.ClientSecret),
	})
	var info struct {
		Data struct {
			AppID   string `json:"app_id"`
			IsValid bool   `json:"is_valid"`
		}
	}
	if err := p.recipe.get(ctx, address, &info); err != nil {
		return err
	}
	if !info.Data.IsValid || info.Data.AppID != p.client.ClientID {
		return errForeign
	}
	return nil
}

// withQuery adds parameters to an address; empty ones are left out.
func withQuery(address string, params map[string]string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address // refused as an address
	}
	query := u.Query()
	for name, value := range params {
		if value != "" {
			query.Set(name, value)
		} else {
			query.Del(name)
		}
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// isTrue takes true, "true" and 1, which providers write for yes.
func isTrue(v any) bool {
	s := strings.ToLower(fmt.Sprint(v))
	return s == "true" || s == "1"
}
