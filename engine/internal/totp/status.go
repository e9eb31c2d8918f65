package totp

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
)

func (t *totp) statusOfMany(ctx context.Context, in core.ManyUsers) (out core.TOTPStatuses, err error) {
	if err := t.CheckApp(ctx, t.DB.Reader); err != nil {
		return out, err
	}
	kept, err := t.people.ExposedAll(ctx, t.DB.Reader, in.UserIDs)
	if err != nil {
		return out, err
	}
	status := map[string]*bool{}
	list, args := db.In(db.Args{t.ID}, kept)
	err = t.DB.Reader.Each(ctx, `SELECT user_id, SUM(CASE WHEN verified THEN 1 ELSE 0 END) > 0 FROM totp_devices
		WHERE app_id = $1 AND user_id IN `+list+` GROUP BY user_id`, args, func(scan db.Scan) error {
		var id string
		var verified bool
		err := scan(&id, &verified)
		status[id] = &verified
		return err
	})
	out.Users = make([]core.TOTPStatus, len(kept))
	for i, id := range kept {
		out.Users[i] = core.TOTPStatus{UserID: in.UserIDs[i], HasVerifiedDevice: status[id]}
	}
	return out, err
}
