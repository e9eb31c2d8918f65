package cdi

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// changePayload reads what the core has stored, changes that and writes it
// back, so that an old token brings nothing back. Other cores have no way to do
// it in one step: of two changes of one session within a few milliseconds, by
// different processes, the earlier may be lost.
func changePayload(ctx context.Context, c *core.Core, in any) (any, error) {
	change := in.(core.ChangePayload)
	stored, err := c.Session.ByHandle(ctx, core.SessionByHandle{SessionHandle: change.SessionHandle})
	if err != nil {
		return core.VerifiedSession{}, err
	}
	payload := stored.UserDataInJWT.WithoutProtected()
	for _, key := range change.Remove {
		delete(payload, key)
	}
	maps.Copy(payload, change.Set)
	maps.DeleteFunc(payload, func(_ string, value json.RawMessage) bool { return string(value) == "null" })
	if change.AccessToken != "" {
		return c.Session.Regenerate(ctx, core.RegenerateToken{AccessToken: change.AccessToken, UserDataInJWT: op.Some(payload)})
	}
	_, err = c.Session.SetPayload(ctx, core.SetSessionPayload{SessionHandle: change.SessionHandle, UserDataInJWT: payload})
	return core.VerifiedSession{Session: core.SessionInfo{
		Handle: change.SessionHandle, UserID: stored.UserID, RecipeUserID: stored.RecipeUserID, TenantID: stored.TenantID, UserDataInJWT: payload,
	}}, err
}
