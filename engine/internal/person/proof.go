package person

import (
	"context"

	"github.com/posternauth/postern/engine/internal/db"
)

func (p *People) HasVerified(ctx context.Context, q db.Querier, id, email string) (bool, error) {
	var found string
	return q.One(ctx, `SELECT email FROM verified_emails WHERE app_id = $1 AND user_id = `+ExposedID("$2")+` AND email = $3`,
		db.Args{p.ID, id, email}, &found)
}

func (p *People) SetVerified(ctx context.Context, q db.Querier, id, email string) error {
	_, err := q.Exec(ctx, `INSERT INTO verified_emails (app_id, user_id, email) VALUES ($1, `+ExposedID("$2")+`, $3)
		ON CONFLICT (app_id, user_id, email) DO NOTHING`, p.ID, id, email)
	return err
}

// Unverify forgets that a user has proved an address, and reports how
// many rows said so.
func (p *People) Unverify(ctx context.Context, id, email string) (int64, error) {
	return p.DB.Writer.Exec(ctx, `DELETE FROM verified_emails WHERE app_id = $1 AND user_id = `+ExposedID("$2")+` AND email = $3`,
		p.ID, id, email)
}

// moveProofs gives what is proved to another id, unless that has it already.
func (p *People) moveProofs(ctx context.Context, q db.Querier, from, to string) error {
	_, err := q.Exec(ctx, `INSERT INTO verified_emails (app_id, user_id, email)
		SELECT app_id, CAST($3 AS TEXT), email FROM verified_emails WHERE app_id = $1 AND user_id = $2
		ON CONFLICT (app_id, user_id, email) DO NOTHING`, p.ID, from, to)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `DELETE FROM verified_emails WHERE app_id = $1 AND user_id = $2`, p.ID, from)
	return err
}
