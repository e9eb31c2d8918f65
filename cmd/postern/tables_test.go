package main

import (
	"database/sql"
	"strings"
	"testing"
)

// half finds what is half made: each query counts rows that must not be.
var half = map[string]string{
	"users without a way to sign in": `SELECT COUNT(*) FROM users u WHERE NOT EXISTS
		(SELECT 1 FROM tenant_logins l WHERE l.app_id = u.app_id AND l.user_id = u.user_id AND l.value = u.email)`,
	"users in no tenant": `SELECT COUNT(*) FROM users u WHERE NOT EXISTS
		(SELECT 1 FROM tenant_users t WHERE t.app_id = u.app_id AND t.user_id = u.user_id)`,
	"logins of nobody": `SELECT COUNT(*) FROM tenant_logins l WHERE NOT EXISTS
		(SELECT 1 FROM users u WHERE u.app_id = l.app_id AND u.user_id = l.user_id)`,
	"nobody in a tenant": `SELECT COUNT(*) FROM tenant_users t WHERE NOT EXISTS
		(SELECT 1 FROM users u WHERE u.app_id = t.app_id AND u.user_id = t.user_id)`,
	"users without a password": `SELECT COUNT(*) FROM users WHERE password_hash = ''`,
	"addresses with two users": `SELECT COUNT(*) FROM (SELECT email FROM users GROUP BY email HAVING COUNT(*) > 1) AS twice`,
	"sessions of nobody": `SELECT COUNT(*) FROM sessions s WHERE NOT EXISTS
		(SELECT 1 FROM users u WHERE u.app_id = s.app_id AND u.user_id = s.user_id)`,
}

// holdTables looks at the rows themselves, as an operator would.
func holdTables(t *testing.T, uri string) {
	t.Helper()
	db := openSQL(t, uri)
	defer db.Close()
	for what, query := range half {
		var n int
		if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d %s: %v", n, what, err)
		}
	}
	if strings.HasPrefix(uri, "sqlite:") {
		var answer string
		if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&answer); err != nil || answer != "ok" {
			t.Errorf("the file is damaged: %s, %v", answer, err)
		}
	}
}

// openSQL opens the database behind a URI of ours.
func openSQL(t *testing.T, uri string) *sql.DB {
	t.Helper()
	driver, source := "pgx", uri
	if file, ok := strings.CutPrefix(uri, "sqlite:"); ok {
		driver, source = "sqlite", "file:"+file+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	return db
}
