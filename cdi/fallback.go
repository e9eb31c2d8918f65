package cdi

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// fallbacks answer for operations that other cores do not have.
func fallbacks() map[string]func(ctx context.Context, c *core.Core, in any) (any, error) {
	limits := newLocalLimits()
	return map[string]func(context.Context, *core.Core, any) (any, error){
		"Limit.Take":                   limits.take,
		"Limit.GiveBack":               limits.giveBack,
		"Role.PermissionsOf":           permissionsRoleByRole,
		"EmailVerification.VerifyCode": noCode,
		"Metadata.CompareAndUpdate":    updateMetadata,
		"Session.ChangePayload":        changePayload,
		"TOTP.UseRecoveryCode":         noRecoveryCode,
		"TOTP.CountRecoveryCodes":      noRecoveryCodes,
	}
}

// addFallbacks puts them around the operations. An operation without one fails
// as any other would.
func addFallbacks(c *core.Core) {
	all := fallbacks()
	for _, f := range op.Fields(c, "cdi") {
		instead := all[f.Name]
		if instead == nil || f.Tag.Get("ext") == "" {
			continue
		}
		f.Wrap(func(ctx context.Context, _ op.Field, in any, next func(context.Context) (any, error)) (any, error) {
			out, err := next(ctx)
			if errors.Is(err, errNoOperation) {
				return instead(ctx, c, in)
			}
			return out, err
		})
	}
}

// noCode is a core that made no code, so none is right.
func noCode(context.Context, *core.Core, any) (any, error) {
	return core.ConsumedToken{}, core.InvalidVerificationToken
}

// updateMetadata looks and then changes: between the two somebody else may.
func updateMetadata(ctx context.Context, c *core.Core, in any) (any, error) {
	compare := in.(core.CompareAndUpdateMetadata)
	stored, err := c.Metadata.Read(ctx, core.ReadMetadata{UserID: compare.UserID})
	if err != nil {
		return core.MetadataResult{}, err
	}
	for key := range compare.MetadataUpdate {
		if !sameJSON(stored.Metadata[key], compare.Expected[key]) {
			return core.MetadataResult{}, core.MetadataChanged
		}
	}
	return c.Metadata.Update(ctx, core.UpdateMetadata{UserID: compare.UserID, MetadataUpdate: compare.MetadataUpdate})
}

// sameJSON compares values, whatever the spaces and the order of keys: other
// cores write them anew. Nothing is null.
func sameJSON(a, b json.RawMessage) bool {
	var x, y any
	return (len(a) == 0 || json.Unmarshal(a, &x) == nil) && (len(b) == 0 || json.Unmarshal(b, &y) == nil) && reflect.DeepEqual(x, y)
}

// noRecoveryCode is a core that made no code, so none is right.
func noRecoveryCode(context.Context, *core.Core, any) (any, error) {
	return core.RecoveryCodesLeft{}, &core.InvalidTOTP{}
}

func noRecoveryCodes(context.Context, *core.Core, any) (any, error) {
	return core.RecoveryCodesLeft{}, nil
}

// permissionsRoleByRole asks for the permissions of each role of the user.
func permissionsRoleByRole(ctx context.Context, c *core.Core, in any) (any, error) {
	roles, err := c.Role.OfUser(ctx, in.(core.RolesOfUser))
	if err != nil {
		return core.Granted{}, err
	}
	all := map[string]bool{}
	for _, role := range roles.Roles {
		of, err := c.Role.Permissions(ctx, core.RoleName{Role: role})
		if err != nil && !errors.Is(err, core.UnknownRole) { // deleted meanwhile
			return core.Granted{}, err
		}
		for _, permission := range of.Permissions {
			all[permission] = true
		}
	}
	permissions := slices.AppendSeq([]string{}, maps.Keys(all))
	slices.Sort(permissions)
	return core.Granted{Roles: roles.Roles, Permissions: permissions}, nil
}
