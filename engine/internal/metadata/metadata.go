package metadata

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/person"
)

// metadata holds what an application keeps for its users.
type metadata struct {
	*kernel.App
	people *person.People
}

// New returns the operations on the metadata of users (CDI §2.8).
func New(a *kernel.App, people *person.People) core.Metadata {
	m := &metadata{a, people}
	return core.Metadata{Read: m.read, ReadMany: m.readMany, Update: m.update, CompareAndUpdate: m.compareAndUpdate, Clear: m.clear}
}

// Tables are those of this package.
func Tables() []kernel.Table {
	return []kernel.Table{
		{Name: `user_metadata`, User: kernel.Person, Recipe: "UserMetadata"},
	}
}

func (m *metadata) read(ctx context.Context, in core.ReadMetadata) (out core.MetadataResult, err error) {
	text := "{}"
	found, err := m.DB.Reader.One(ctx, `SELECT metadata FROM user_metadata WHERE app_id = $1 AND user_id = `+person.ExposedID("$2"),
		db.Args{m.ID, in.UserID}, &text)
	if err == nil && !found {
		err = m.CheckApp(ctx, m.DB.Reader)
	}
	if err != nil {
		return out, err
	}
	out.Metadata, err = kernel.Decode(text)
	return out, err
}

func (m *metadata) readMany(ctx context.Context, in core.ManyUsers) (out core.MetadataOfUsers, err error) {
	if err := m.CheckApp(ctx, m.DB.Reader); err != nil {
		return out, err
	}
	kept, err := m.people.ExposedAll(ctx, m.DB.Reader, in.UserIDs)
	if err != nil {
		return out, err
	}
	found := map[string]core.Object{}
	list, args := db.In(db.Args{m.ID}, kept)
	err = m.DB.Reader.Each(ctx, `SELECT user_id, metadata FROM user_metadata WHERE app_id = $1 AND user_id IN `+list, args,
		func(scan db.Scan) error {
			var id, text string
			if err := scan(&id, &text); err != nil {
				return err
			}
			o, err := kernel.Decode(text)
			found[id] = o
			return err
		})
	out.Users = make([]core.MetadataOfUser, len(kept))
	for i, id := range kept {
		out.Users[i] = core.MetadataOfUser{UserID: in.UserIDs[i], Metadata: found[id]}
	}
	return out, err
}

func (m *metadata) update(ctx context.Context, in core.UpdateMetadata) (core.MetadataResult, error) {
	return m.change(ctx, in.UserID, in.MetadataUpdate, func(core.Object) error { return nil })
}

func (m *metadata) compareAndUpdate(ctx context.Context, in core.CompareAndUpdateMetadata) (core.MetadataResult, error) {
	return m.change(ctx, in.UserID, in.MetadataUpdate, func(stored core.Object) error {
		for key := range in.MetadataUpdate {
			if !sameValue(stored[key], in.Expected[key]) {
				return core.MetadataChanged
			}
		}
		return nil
	})
}

// sameValue compares JSON, whatever its spaces; nothing is null.
func sameValue(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	if json.Compact(&x, orNull(a)) != nil || json.Compact(&y, orNull(b)) != nil {
		return false
	}
	return bytes.Equal(x.Bytes(), y.Bytes())
}

func orNull(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("null")
	}
	return raw
}

// change makes the row first, so that there is one to lock: two first
// updates at once both last.
func (m *metadata) change(ctx context.Context, id string, update core.Object, may func(stored core.Object) error) (out core.MetadataResult, err error) {
	if err := kernel.CheckUserID(id); err != nil {
		return out, err
	}
	err = m.InApp(ctx, func(q db.Querier) error {
		own, err := m.people.Exposed(ctx, q, id)
		if err != nil {
			return err
		}
		_, err = q.Exec(ctx, `INSERT INTO user_metadata (app_id, user_id, metadata) VALUES ($1, $2, '{}')
			ON CONFLICT (app_id, user_id) DO NOTHING`, m.ID, own)
		if err != nil {
			return err
		}
		text := "{}"
		_, err = q.One(ctx, `SELECT metadata FROM user_metadata WHERE app_id = $1 AND user_id = $2`+m.DB.ForUpdate,
			db.Args{m.ID, own}, &text)
		if err != nil {
			return err
		}
		stored, err := kernel.Decode(text)
		if err != nil {
			return err
		}
		if err := may(stored); err != nil {
			return err
		}
		out.Metadata = merge(stored, update)
		if text, err = kernel.Encode("metadataUpdate", out.Metadata); err != nil {
			return err
		}
		_, err = q.Exec(ctx, `UPDATE user_metadata SET metadata = $3 WHERE app_id = $1 AND user_id = $2`, m.ID, own, text)
		return err
	})
	return out, err
}

// merge sets the keys of update in an object; null removes.
func merge(o, update core.Object) core.Object {
	for key, value := range update {
		if kernel.IsNull(value) {
			delete(o, key)
		} else {
			o[key] = value
		}
	}
	return o
}

func (m *metadata) clear(ctx context.Context, in core.ClearMetadata) (done core.Done, err error) {
	n, err := m.DB.Writer.Exec(ctx, `DELETE FROM user_metadata WHERE app_id = $1 AND user_id = `+person.ExposedID("$2"), m.ID, in.UserID)
	if err == nil && n == 0 {
		err = m.CheckApp(ctx, m.DB.Reader)
	}
	return done, err
}
