package main

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"encoding/base64"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"golang.org/x/crypto/argon2"
	"modernc.org/sqlite"
)

// password is that of everybody.
const password = "correct horse 1"

// maxUsers is how many users the generator acts as.
const maxUsers = 20_000

// table is a table and how to make its rows.
type table struct {
	name    string
	columns []string
	row     func(u user, joined int64) []any
}

// tables are those that a user with a session has rows in.
func tables() []table {
	hash := hashOf(password)
	expires := time.Now().Add(90 * 24 * time.Hour).UnixMilli()
	return []table{
		{"users", []string{
			"app_id", "user_id", "recipe_id", "primary_user_id", "is_primary", "time_joined", "primary_time_joined",
			"email", "phone", "third_party_id", "third_party_user_id", "password_hash",
		}, func(u user, joined int64) []any {
			return []any{"public", u.id, "emailpassword", u.id, false, joined, joined, u.email, "", "", "", hash}
		}},
		{"tenant_users", []string{"app_id", "tenant_id", "user_id", "recipe_id", "primary_user_id", "primary_time_joined"}, func(u user, joined int64) []any {
			return []any{"public", "public", u.id, "emailpassword", u.id, joined}
		}},
		{"tenant_logins", []string{"app_id", "tenant_id", "recipe_id", "kind", "value", "user_id"}, func(u user, _ int64) []any {
			return []any{"public", "public", "emailpassword", "email", u.email, u.id}
		}},
		{"sessions", []string{
			"app_id", "handle", "tenant_id", "user_id", "refresh_hash", "generation", "rotated_at", "payload", "data",
			"use_static_key", "created_at", "expires_at", "purge_at",
		}, func(u user, joined int64) []any {
			return []any{"public", uuid.NewString(), "public", u.id, hashLike(), int64(0), "", "{}", "{}", int64(0), joined, expires, expires}
		}},
	}
}

// hashOf returns a hash as the server makes it by default.
func hashOf(password string) string {
	const salt = "0123456789abcdef"
	b64 := base64.RawStdEncoding
	key := argon2.IDKey([]byte(password), []byte(salt), 2, 19456, 1, 32)
	return fmt.Sprintf("$argon2id$v=19$m=19456,t=2,p=1$%s$%s", b64.EncodeToString([]byte(salt)), b64.EncodeToString(key))
}

// hashLike is a hash of a token that nobody has.
func hashLike() string {
	b := make([]byte, 32)
	for i := range b {
		b[i] = byte(rand.IntN(256))
	}
	return hex.EncodeToString(b)
}

// fill adds users with a password and a session each. It returns some of them.
func fill(ctx context.Context, db *sql.DB, size int) ([]user, error) {
	all := make([]user, size)
	for i := range all {
		all[i] = user{uuid.NewString(), fmt.Sprintf("%s.%d@company%d.example.com", hashLike()[:8], i, rand.IntN(1000))}
	}
	joined := time.Now().Add(-time.Duration(size) * time.Second).UnixMilli()
	for _, t := range tables() {
		rows := func(i int) []any { return t.row(all[i], joined+int64(i)*1000) }
		if err := insert(ctx, db, t, size, rows); err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	if err := analyze(ctx, db); err != nil {
		return nil, err
	}
	rand.Shuffle(size, func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(size, maxUsers)], nil
}

// analyze does at once what PostgreSQL does by itself within minutes. Of SQLite
// nobody expects it.
func analyze(ctx context.Context, db *sql.DB) error {
	if _, sqlite := db.Driver().(*sqlite.Driver); sqlite {
		return nil
	}
	_, err := db.ExecContext(ctx, "ANALYZE")
	return err
}

// insert writes rows in bulk, as fast as the database takes them.
func insert(ctx context.Context, db *sql.DB, t table, size int, row func(i int) []any) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(c any) error {
		if pg, ok := c.(*stdlib.Conn); ok {
			source := pgx.CopyFromSlice(size, func(i int) ([]any, error) { return row(i), nil })
			_, err := pg.Conn().CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, source)
			return err
		}
		return insertByStatement(ctx, db, t, size, row)
	})
}

// insertByStatement does it in one transaction with one prepared statement.
func insertByStatement(ctx context.Context, db *sql.DB, t table, size int, row func(i int) []any) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit it is nothing
	values := strings.TrimSuffix(strings.Repeat("?,", len(t.columns)), ",")
	statement, err := tx.PrepareContext(ctx, "INSERT INTO "+t.name+" ("+strings.Join(t.columns, ",")+") VALUES ("+values+")")
	if err != nil {
		return err
	}
	defer statement.Close()
	for i := range size {
		if _, err := statement.ExecContext(ctx, row(i)...); err != nil {
			return err
		}
	}
	return tx.Commit()
}
