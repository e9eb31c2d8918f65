package person

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

// A mapped user is known to the application by an id of its own, but to the
// tables of signing in by ours: users, logins, tenants, reset tokens, activity.
// What else is kept for an id, which need not be that of a user, is kept for
// the application's: sessions, metadata, roles, proofs of emails. Statements
// translate on the way; a look into an empty mapping costs next to nothing.

// Mapping returns the operations on the ids that the application gives to users
// (CDI §2.7).
func (p *People) Mapping() core.UserIDMapping {
	return core.UserIDMapping{
		Create:  p.createMapping,
		Read:    p.readMapping,
		Delete:  p.deleteMapping,
		SetInfo: p.setMappingInfo,
	}
}

// createMapping checks in the order of the outcomes; the insertion decides.
func (p *People) createMapping(ctx context.Context, in core.CreateUserIDMapping) (done core.Done, err error) {
	if in.SuperTokensUserID, err = kernel.Name("superTokensUserId", in.SuperTokensUserID); err != nil {
		return done, err
	}
	if in.ExternalUserID, err = kernel.Name("externalUserId", in.ExternalUserID); err != nil {
		return done, err
	}
	if info, given := in.ExternalUserIDInfo.Get(); given && info == "" {
		return done, core.Bad("Field name 'externalUserIdInfo' cannot be an empty String")
	}
	err = p.InApp(ctx, func(q db.Querier) error {
		if err := p.checkExternalFree(ctx, q, in); err != nil {
			return err
		}
		if err := p.checkMappable(ctx, q, in); err != nil {
			return err
		}
		n, err := q.Exec(ctx, `INSERT INTO user_id_mapping (app_id, user_id, external_user_id, info) VALUES ($1, $2, $3, $4)
			ON CONFLICT DO NOTHING`, p.ID, in.SuperTokensUserID, in.ExternalUserID, in.ExternalUserIDInfo.Or(""))
		if err == nil && n == 0 {
			err = p.mappingExists(ctx, q, in)
		}
		return err
	})
	return done, err
}

// checkExternalFree fails when an external id belongs to a user.
func (p *People) checkExternalFree(ctx context.Context, q db.Querier, in core.CreateUserIDMapping) error {
	var id string
	taken, err := q.One(ctx, `SELECT user_id FROM user_id_mapping WHERE app_id = $1 AND external_user_id = $2`, db.Args{p.ID, in.ExternalUserID}, &id)
	if err == nil && taken {
		err = &core.MappingExists{DoesSuperTokensUserIDExist: id == in.SuperTokensUserID, DoesExternalUserIDExist: true}
	}
	return err
}

// mappingExists says which of the two ids is mapped.
func (p *People) mappingExists(ctx context.Context, q db.Querier, in core.CreateUserIDMapping) error {
	exists := new(core.MappingExists)
	err := q.Each(ctx, `SELECT user_id, external_user_id FROM user_id_mapping WHERE app_id = $1 AND (user_id = $2 OR external_user_id = $3)`,
		db.Args{p.ID, in.SuperTokensUserID, in.ExternalUserID}, func(scan db.Scan) error {
			var id, external string
			err := scan(&id, &external)
			exists.DoesSuperTokensUserIDExist = exists.DoesSuperTokensUserIDExist || id == in.SuperTokensUserID
			exists.DoesExternalUserIDExist = exists.DoesExternalUserIDExist || external == in.ExternalUserID
			return err
		})
	return kernel.OrStatus(err, exists)
}

// checkMappable fails when there is no such user to map. Unless it is forced,
// neither id may stand for something else yet; but proofs of emails move to
// the new id when there is nothing but them.
func (p *People) checkMappable(ctx context.Context, q db.Querier, in core.CreateUserIDMapping) error {
	members, err := p.Lock(ctx, q, in.SuperTokensUserID, in.SuperTokensUserID)
	if err != nil {
		return err
	}
	if len(members) == 0 {
		return core.UnknownSuperTokensUserID
	}
	if in.Force {
		return nil
	}
	var id string
	isUser, err := q.One(ctx, `SELECT user_id FROM users WHERE app_id = $1 AND (user_id = $2 OR primary_user_id = $2) LIMIT 1`,
		db.Args{p.ID, in.ExternalUserID}, &id)
	if err != nil {
		return err
	}
	if isUser {
		return core.Bad("Cannot create a userId mapping where the externalId is also a SuperTokens userID")
	}
	fixed, moving, err := p.usedBy(ctx, q, in.SuperTokensUserID)
	switch {
	case err != nil:
		return err
	case len(fixed) > 0:
		return inUse(fixed[0])
	case len(moving) == 0:
		return nil
	}
	return p.Rename(ctx, q, in.SuperTokensUserID, in.ExternalUserID)
}

func inUse(recipe string) error { return core.Bad("UserId is already in use in %s recipe", recipe) }

// usedBy returns the recipes that keep something for an id, which goes by the
// id of the application, and of them apart those whose rows can move to another
// id.
func (p *People) usedBy(ctx context.Context, q db.Querier, id string) (fixed, moving []string, err error) {
	for _, table := range p.Tables {
		if table.Recipe == "" {
			continue
		}
		var found string
		used, err := q.One(ctx, `SELECT user_id FROM `+table.Name+` WHERE app_id = $1 AND user_id = $2 LIMIT 1`, db.Args{p.ID, id}, &found)
		switch {
		case err != nil:
			return nil, nil, err
		case used && table.Moves:
			moving = append(moving, table.Recipe)
		case used:
			fixed = append(fixed, table.Recipe)
		}
	}
	return fixed, moving, nil
}

// mappingOf is the condition for the mapping of the id $2 of a type.
func mappingOf(idType string) (string, error) {
	switch idType {
	case core.SuperTokensID:
		return `user_id = $2`, nil
	case core.ExternalID:
		return `external_user_id = $2`, nil
	case core.AnyID, "":
		return `user_id = ` + InternalID("$2"), nil
	}
	return "", core.Bad("Field name 'userIdType' should be one of 'SUPERTOKENS', 'EXTERNAL' or 'ANY'")
}

func (p *People) readMapping(ctx context.Context, in core.ReadUserIDMapping) (out core.UserIDMapped, err error) {
	condition, err := mappingOf(in.UserIDType)
	if err != nil {
		return out, err
	}
	if in.UserID, err = kernel.Name("userId", in.UserID); err != nil {
		return out, err
	}
	found, err := p.DB.Reader.One(ctx, `SELECT user_id, external_user_id, info FROM user_id_mapping WHERE app_id = $1 AND `+condition,
		db.Args{p.ID, in.UserID}, &out.SuperTokensUserID, &out.ExternalUserID, &out.ExternalUserIDInfo)
	if err == nil && !found {
		err = kernel.OrStatus(p.CheckApp(ctx, p.DB.Reader), core.UnknownMapping)
	}
	return out, err
}

// deleteMapping refuses, unless it is forced, when there is something kept for
// the external id: nobody would find it under the other one.
func (p *People) deleteMapping(ctx context.Context, in core.DeleteUserIDMapping) (out core.MappingExisted, err error) {
	condition, err := mappingOf(in.UserIDType)
	if err != nil {
		return out, err
	}
	if in.UserID, err = kernel.Name("userId", in.UserID); err != nil {
		return out, err
	}
	err = p.InApp(ctx, func(q db.Querier) error {
		var external string
		out.DidMappingExist, err = q.One(ctx, `DELETE FROM user_id_mapping WHERE app_id = $1 AND `+condition+` RETURNING external_user_id`,
			db.Args{p.ID, in.UserID}, &external)
		if err != nil || !out.DidMappingExist || in.Force {
			return err
		}
		fixed, moving, err := p.usedBy(ctx, q, external)
		if used := append(fixed, moving...); err == nil && len(used) > 0 {
			err = inUse(used[0])
		}
		return err
	})
	return out, err
}

func (p *People) setMappingInfo(ctx context.Context, in core.SetUserIDMappingInfo) (done core.Done, err error) {
	condition, err := mappingOf(in.UserIDType)
	if err != nil {
		return done, err
	}
	if in.UserID, err = kernel.Name("userId", in.UserID); err != nil {
		return done, err
	}
	if info, given := in.ExternalUserIDInfo.Get(); given && info == "" {
		return done, core.Bad("Field name 'externalUserIdInfo' cannot be an empty String")
	}
	n, err := p.DB.Writer.Exec(ctx, `UPDATE user_id_mapping SET info = $3 WHERE app_id = $1 AND `+condition, p.ID, in.UserID, in.ExternalUserIDInfo.Or(""))
	if err == nil && n == 0 {
		err = kernel.OrStatus(p.CheckApp(ctx, p.DB.Reader), core.UnknownMapping)
	}
	return done, err
}
