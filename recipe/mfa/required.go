package mfa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/posternauth/postern/core"
)

// metadataKey is where the factors that are required of a user are kept, in
// the user's metadata.
const metadataKey = "_supertokens"

// listKey is the list below it.
const listKey = "requiredSecondaryFactors"

// tries is how often a change begins anew because others change the metadata.
const tries = 20

func (r *Recipe) requiredFactors(ctx context.Context, userID string) ([]string, error) {
	_, factors, err := r.readRequired(ctx, userID)
	return factors, err
}

// readRequired returns the object that has the list, and the list.
func (r *Recipe) readRequired(ctx context.Context, userID string) (core.Object, []string, error) {
	out, err := r.app.Core.Metadata.Read(ctx, core.ReadMetadata{UserID: userID})
	if err != nil {
		return nil, nil, err
	}
	own := core.Object{}
	var factors []string
	if raw, ok := out.Metadata[metadataKey]; ok && json.Unmarshal(raw, &own) == nil {
		_ = json.Unmarshal(own[listKey], &factors) // what is no list requires nothing
	}
	return own, factors, nil
}

// RequireFactor makes a factor one that is required of a user, by the id of
// the primary user, from the next sign-in on.
func (r *Recipe) RequireFactor(ctx context.Context, userID, factor string) error {
	return r.changeRequired(ctx, userID, func(factors []string) []string {
		if contains(factors, factor) {
			return factors
		}
		return append(factors, factor)
	})
}

// UnrequireFactor takes it back.
func (r *Recipe) UnrequireFactor(ctx context.Context, userID, factor string) error {
	return r.changeRequired(ctx, userID, func(factors []string) []string {
		return slices.DeleteFunc(factors, func(f string) bool { return f == factor })
	})
}

// changeRequired changes the list, and nothing that somebody else has changed
// meanwhile.
func (r *Recipe) changeRequired(ctx context.Context, userID string, change func([]string) []string) error {
	for range tries {
		own, before, err := r.readRequired(ctx, userID)
		if err != nil {
			return err
		}
		after := change(slices.Clone(before))
		if slices.Equal(before, after) {
			return nil
		}
		expected := core.Object{}
		if len(own) > 0 {
			if expected[metadataKey], err = json.Marshal(own); err != nil {
				return err
			}
		}
		if own[listKey], err = json.Marshal(after); err != nil {
			return err
		}
		update, err := json.Marshal(own)
		if err != nil {
			return err
		}
		_, err = r.app.Core.Metadata.CompareAndUpdate(ctx, core.CompareAndUpdateMetadata{
			UserID: userID, MetadataUpdate: core.Object{metadataKey: update}, Expected: expected,
		})
		if !errors.Is(err, core.MetadataChanged) {
			return err
		}
	}
	return &core.Unavailable{Err: fmt.Errorf("mfa: the metadata of user %s was changed by others %d times in a row", userID, tries)}
}
