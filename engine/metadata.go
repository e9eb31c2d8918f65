package engine

import (
	"bytes"
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
)

func (a *app) metadata() core.Metadata {
	return core.Metadata{Read: a.readMetadata, Update: a.updateMetadata, Clear: a.clearMetadata}
}

func (a *app) readMetadata(ctx context.Context, in core.ReadMetadata) (out core.MetadataResult, err error) {
	text := "{}"
	found, err := a.db.Reader.One(ctx, `SELECT metadata FROM user_metadata WHERE app_id = $1 AND user_id = `+exposedID("$2"),
		db.Args{a.id, in.UserID}, &text)
	if err == nil && !found {
		err = a.checkApp(ctx, a.db.Reader)
	}
	if err != nil {
		return out, err
	}
	out.Metadata, err = decode(text)
	return out, err
}

// updateMetadata makes the row first, so that there is one to lock: two first
// updates at once both last.
func (a *app) updateMetadata(ctx context.Context, in core.UpdateMetadata) (out core.MetadataResult, err error) {
	if err := userID(in.UserID); err != nil {
		return out, err
	}
	err = a.inApp(ctx, func(q db.Querier) error {
		if in.UserID, err = a.exposed(ctx, q, in.UserID); err != nil {
			return err
		}
		_, err := q.Exec(ctx, `INSERT INTO user_metadata (app_id, user_id, metadata) VALUES ($1, $2, '{}')
			ON CONFLICT (app_id, user_id) DO NOTHING`, a.id, in.UserID)
		if err != nil {
			return err
		}
		text := "{}"
		_, err = q.One(ctx, `SELECT metadata FROM user_metadata WHERE app_id = $1 AND user_id = $2`+a.db.ForUpdate,
			db.Args{a.id, in.UserID}, &text)
		if err != nil {
			return err
		}
		if out.Metadata, err = merge(text, in.MetadataUpdate); err != nil {
			return err
		}
		if text, err = encode("metadataUpdate", out.Metadata); err != nil {
			return err
		}
		_, err = q.Exec(ctx, `UPDATE user_metadata SET metadata = $3 WHERE app_id = $1 AND user_id = $2`, a.id, in.UserID, text)
		return err
	})
	return out, err
}

// merge sets the keys of update in an object; null removes.
func merge(text string, update core.Object) (core.Object, error) {
	o, err := decode(text)
	if err != nil {
		return nil, err
	}
	for key, value := range update {
		if len(value) == 0 || bytes.Equal(bytes.TrimSpace(value), []byte("null")) {
			delete(o, key)
		} else {
			o[key] = value
		}
	}
	return o, nil
}

func (a *app) clearMetadata(ctx context.Context, in core.ClearMetadata) (done core.Done, err error) {
	n, err := a.db.Writer.Exec(ctx, `DELETE FROM user_metadata WHERE app_id = $1 AND user_id = `+exposedID("$2"), a.id, in.UserID)
	if err == nil && n == 0 {
		err = a.checkApp(ctx, a.db.Reader)
	}
	return done, err
}
