package emailpassword

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/password"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/engine/internal/token"
	"github.com/posternauth/postern/internal/address"
)

func (e *emailPassword) createResetToken(ctx context.Context, in core.CreateResetToken) (out core.TokenResult, err error) {
	email, err := address.Normal(in.Email)
	if err != nil {
		return out, err
	}
	if e, err = e.forTenant(ctx, kernel.OrPublic(in.TenantID)); err != nil {
		return out, err
	}
	text := token.Link()
	n, err := e.DB.Writer.Exec(ctx, `INSERT INTO password_reset_tokens (app_id, token_hash, tenant_id, user_id, email, expires_at)
		SELECT t.app_id, CAST($4 AS TEXT), t.tenant_id, own.id, CAST($5 AS TEXT), CAST($6 AS BIGINT)
		FROM tenants t CROSS JOIN (SELECT CAST(`+person.InternalID("$3")+` AS TEXT) AS id) own WHERE t.app_id = $1 AND t.tenant_id = $2 AND EXISTS
			(SELECT 1 FROM users u WHERE u.app_id = $1 AND (u.user_id = own.id OR u.primary_user_id = own.id))`,
		e.ID, kernel.OrPublic(in.TenantID), in.UserID, token.Hash(text), email, e.After(e.Values.ResetTokenLifetime))
	if err != nil {
		return out, err
	}
	if n == 0 {
		if err := e.CheckTenant(ctx, e.DB.Reader, kernel.OrPublic(in.TenantID)); err != nil {
			return out, err
		}
		return out, core.UnknownUserID
	}
	e.Tidy(ctx)
	return core.TokenResult{Token: core.Secret(text)}, nil
}

func (e *emailPassword) consumeResetToken(ctx context.Context, in core.ConsumeToken) (out core.ConsumedToken, err error) {
	tenant := kernel.OrPublic(in.TenantID)
	err = e.InTenant(ctx, tenant, func(q db.Querier) error {
		spent, err := e.spendResetToken(ctx, q, tenant, in.Token)
		out = spent.ConsumedToken
		return err
	})
	return out, err
}

// spentToken is a token that was used, with our id of the user.
type spentToken struct {
	core.ConsumedToken
	id string
}

// spendResetToken deletes a token and every other of its user. That a row was
// deleted decides who has used it.
func (e *emailPassword) spendResetToken(ctx context.Context, q db.Querier, tenant string, text core.Secret) (out spentToken, err error) {
	found, err := q.One(ctx, `DELETE FROM password_reset_tokens
		WHERE app_id = $1 AND token_hash = $2 AND tenant_id = $3 AND expires_at > $4
		RETURNING user_id, `+person.ExposedID("password_reset_tokens.user_id")+`, email`,
		db.Args{e.ID, token.Hash(string(text)), tenant, e.Ms()}, &out.id, &out.UserID, &out.Email)
	if err != nil {
		return out, err
	}
	if !found {
		return out, core.InvalidResetToken
	}
	return out, e.deleteResetTokens(ctx, q, out.id)
}

// deleteResetTokens kills the tokens made for any login method of a user.
func (e *emailPassword) deleteResetTokens(ctx context.Context, q db.Querier, id string) error {
	_, err := q.Exec(ctx, `DELETE FROM password_reset_tokens WHERE app_id = $1 AND user_id IN `+person.LinkedIDs(), e.ID, id)
	return err
}

func (e *emailPassword) resetPassword(ctx context.Context, in core.ResetPassword) (out core.ConsumedToken, err error) {
	if in.Method != "token" {
		return out, core.Bad("Unsupported method for password reset")
	}
	if err := password.CheckNew(in.NewPassword); err != nil {
		return out, err
	}
	tenant := kernel.OrPublic(in.TenantID)
	if err := e.CheckTenant(ctx, e.DB.Reader, tenant); err != nil {
		return out, err
	}
	var id string
	known, err := e.DB.Reader.One(ctx, `SELECT user_id FROM password_reset_tokens
		WHERE app_id = $1 AND token_hash = $2 AND tenant_id = $3 AND expires_at > $4`,
		db.Args{e.ID, token.Hash(string(in.Token)), tenant, e.Ms()}, &id)
	if err != nil {
		return out, err
	}
	if !known {
		return out, core.InvalidResetToken // before the work of hashing
	}
	hash, err := e.hasher.Hash(ctx, in.NewPassword)
	if err != nil {
		return out, err
	}
	err = e.DB.Tx(ctx, func(q db.Querier) error {
		spent, err := e.spendResetToken(ctx, q, tenant, in.Token)
		if err != nil {
			return err
		}
		out = spent.ConsumedToken
		return e.resetTo(ctx, q, spent, hash)
	})
	return out, err
}

// resetTo gives the login method that a token was made for another password,
// and takes away whatever an intruder may hold of the user: sessions and mails.
func (e *emailPassword) resetTo(ctx context.Context, q db.Querier, spent spentToken, hash string) error {
	group, err := e.people.GroupOf(ctx, q, spent.id)
	if err != nil {
		return err
	}
	list, args := db.In(db.Args{e.ID, person.RecipeEmailPassword, spent.Email}, group)
	var id string
	found, err := q.One(ctx, `SELECT user_id FROM users WHERE app_id = $1 AND recipe_id = $2 AND email = $3 AND user_id IN `+list, args, &id)
	if err != nil {
		return err
	}
	if !found {
		return core.InvalidResetToken // the address is no login of the user any more
	}
	if err := e.setPassword(ctx, q, id, hash); err != nil {
		return err
	}
	if err := e.people.SetVerified(ctx, q, id, spent.Email); err != nil {
		return err
	}
	return e.people.Tell(ctx, q, person.PasswordReset, group...)
}

// dropResetTokens kills the tokens of login methods whose address has changed.
func (e *emailPassword) dropResetTokens(ctx context.Context, q db.Querier, ids []string) error {
	for _, id := range ids {
		if err := e.deleteResetTokens(ctx, q, id); err != nil {
			return err
		}
	}
	return nil
}
