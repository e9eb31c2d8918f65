package thirdparty

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/internal/outbound"
)

// userInfo finds out whose tokens these are.
func (p *provider) userInfo(ctx context.Context, in TokenBearer) (out UserInfo, err error) {
	if err := p.discover(ctx); err != nil {
		return out, err
	}
	if in.Tokens.IDToken != "" && p.JWKSURI != "" {
		if out.FromIDToken, err = p.verifyIDToken(ctx, in.Tokens.IDToken, in.Nonce); err != nil {
			return out, err
		}
	}
	if out.FromIDToken == nil && p.wantsIDToken() {
		return out, p.noIDToken(in)
	}
	if err := p.checkAccessToken(ctx, in, out.FromIDToken != nil); err != nil {
		return out, err
	}
	if in.Tokens.AccessToken != "" && p.UserInfoEndpoint != "" {
		if out.FromUserInfoAPI, err = p.askUserInfo(ctx, in.Tokens.AccessToken); err != nil {
			return out, err
		}
	}
	if user, ok := in.Tokens.All["user"]; ok && out.FromIDToken != nil {
		out.FromIDToken["user"] = user
	}
	return out, p.read(&out)
}

// wantsIDToken reports whether there are checks that only an ID token passes.
func (p *provider) wantsIDToken() bool { return p.kind.idToken != nil || p.ValidateIDToken != nil }

func (p *provider) noIDToken(in TokenBearer) error {
	if in.Foreign {
		return fdi.BadInput("oAuthTokens has no id_token that can be verified; " + p.Name + " takes none without, because its claims are checked")
	}
	return refuse("there is no ID token that can be verified, and its claims have to be checked; is the scope openid missing, or JWKSURI?")
}

// checkAccessToken wants to know that an access token which a client brought
// was made for this app: there has to be an ID token, or a way to ask.
func (p *provider) checkAccessToken(ctx context.Context, in TokenBearer, hasIDToken bool) error {
	token := in.Tokens.AccessToken
	if in.Foreign && token != "" && !hasIDToken {
		if err := p.checkAudience(ctx, token); err != nil {
			return err
		}
	}
	if check := p.ValidateAccessToken; check != nil && token != "" {
		if err := check(ctx, token, p.client); err != nil {
			return refuse("ValidateAccessToken: %v", err)
		}
	}
	return nil
}

func (p *provider) checkAudience(ctx context.Context, token core.Secret) error {
	switch ask := p.kind.audience; {
	case ask != nil:
		err := ask(ctx, p, token)
		var status *outbound.StatusError
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errForeign), errors.As(err, &status) && status.Code < 500:
			return refuse("the access token: %v", err)
		}
		return p.down(err)
	case p.ValidateAccessToken != nil:
		return nil // it is asked next
	case p.JWKSURI != "":
		return fdi.BadInput("oAuthTokens has no id_token; it shows that the tokens were made for this app")
	}
	return fdi.BadInput("An access_token of " + p.Name + " does not show for which app it was made; send redirectURIInfo with the code, or set ValidateAccessToken on the provider")
}

func (p *provider) askUserInfo(ctx context.Context, token core.Secret) (info map[string]any, err error) {
	if ask := p.kind.userInfo; ask != nil {
		info, err = ask(ctx, p, token)
	} else {
		err = p.ask(ctx, withQuery(p.UserInfoEndpoint, p.UserInfoParams), token, &info)
	}
	var status *outbound.StatusError
	if errors.As(err, &status) && status.Code < 500 {
		return nil, refuse("%v", err)
	}
	if err != nil {
		return nil, p.down(err)
	}
	return info, nil
}

// read takes id, email and whether it is proved from what the provider said.
// What the ID token says wins.
func (p *provider) read(out *UserInfo) error {
	token, api := p.UserInfoMap.FromIDToken, p.UserInfoMap.FromUserInfoAPI
	own, inToken := text(out.FromIDToken, token.UserID)
	other, inAPI := text(out.FromUserInfoAPI, api.UserID)
	if inToken && inAPI && token.UserID == api.UserID && own != other {
		return refuse("the user info is that of %q, and the ID token that of %q", other, own)
	}
	if !inToken {
		own = other
	}
	if own == "" {
		return refuse("the provider does not tell the user's id: there is no %q in the user info and no %q in the ID token", api.UserID, token.UserID)
	}
	out.ThirdPartyUserID = own
	if out.Email, inToken = text(out.FromIDToken, token.Email); !inToken {
		out.Email, _ = text(out.FromUserInfoAPI, api.Email)
	}
	out.Email = strings.TrimSpace(out.Email)
	if v, ok := lookUp(out.FromUserInfoAPI, api.EmailVerified); ok {
		out.EmailVerified = isTrue(v)
	}
	if v, ok := lookUp(out.FromIDToken, token.EmailVerified); ok {
		out.EmailVerified = isTrue(v)
	}
	return nil
}

// lookUp finds a value by a name such as "data.id".
func lookUp(object map[string]any, name string) (any, bool) {
	if name == "" || object == nil {
		return nil, false
	}
	if v, ok := object[name]; ok && v != nil {
		return v, true
	}
	outer, inner, nested := strings.Cut(name, ".")
	if child, ok := object[outer].(map[string]any); ok && nested {
		return lookUp(child, inner)
	}
	return nil, false
}

// text is a value that is a string or a number, as it is written.
func text(object map[string]any, name string) (string, bool) {
	v, _ := lookUp(object, name)
	switch v := v.(type) {
	case string:
		return v, v != ""
	case json.Number:
		return v.String(), true
	}
	return "", false
}
