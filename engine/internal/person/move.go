package person

import (
	"context"

	"github.com/posternauth/postern/engine/internal/db"
)

// MoveTo makes a login method one of another person.
func (p *People) MoveTo(ctx context.Context, q db.Querier, id, primaryID string) error {
	for _, table := range []string{`users`, `tenant_users`} {
		_, err := q.Exec(ctx, `UPDATE `+table+` SET primary_user_id = $3 WHERE app_id = $1 AND user_id = $2`, p.ID, id, primaryID)
		if err != nil {
			return err
		}
	}
	return nil
}

// MarkPrimary makes a login method part of a primary user, or of none.
func (p *People) MarkPrimary(ctx context.Context, q db.Querier, id string, primary bool) error {
	_, err := q.Exec(ctx, `UPDATE users SET is_primary = $3 WHERE app_id = $1 AND user_id = $2`, p.ID, id, primary)
	return err
}

// UpdateTimeJoined sets when a person joined to when its first login method
// did.
func (p *People) UpdateTimeJoined(ctx context.Context, q db.Querier, primaryID string) error {
	for _, table := range []string{`users`, `tenant_users`} {
		_, err := q.Exec(ctx, `UPDATE `+table+` SET primary_time_joined =
			(SELECT MIN(u.time_joined) FROM users u WHERE u.app_id = $1 AND u.primary_user_id = $2)
			WHERE app_id = $1 AND primary_user_id = $2`, p.ID, primaryID)
		if err != nil {
			return err
		}
	}
	return nil
}
