package bench_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"database/sql"
	"log/slog"
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
)

// clients is how many refresh, or commit, at once.
const clients = 16

// BenchmarkRefresh replaces refresh tokens, each client its own, beside as many
// clients that do the least on the same database, with the same driver,
// settings and number of connections:
//
//   - commit: they commit a change of one row;
//   - signed: they do that, and make one signature of the same algorithm, which
//     is what a refresh has to do.
func BenchmarkRefresh(b *testing.B) {
	for _, be := range backends() {
		b.Run("commit/"+be.name, func(b *testing.B) {
			uri := be.database(b)
			beside(b, spread(clients, refresh(b, uri, be.algorithm)), spread(clients, commit(b, uri))).share(b)
		})
		b.Run("signed/"+be.name, func(b *testing.B) {
			uri := be.database(b)
			write, sign := commit(b, uri), bareSignature(b, be.algorithm)
			beside(b, spread(clients, refresh(b, uri, be.algorithm)), spread(clients, func(client int) {
				write(client)
				sign()
			})).share(b)
		})
	}
}

// bareSignature is one signature, by a key as the engine makes them.
func bareSignature(b *testing.B, algorithm string) func() {
	b.Helper()
	var key crypto.Signer
	var err error
	if algorithm == "RS256" {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		b.Fatal(err)
	}
	sum := sha256.Sum256([]byte("claims"))
	return func() {
		if _, err := key.Sign(rand.Reader, sum[:], crypto.SHA256); err != nil {
			b.Error(err)
		}
	}
}

// refresh returns what refreshes the session of a client.
func refresh(b *testing.B, uri, algorithm string) func(client int) {
	b.Helper()
	e, err := engine.Open(b.Context(), engine.Config{
		Database: core.Secret(uri), SigningAlgorithm: algorithm, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { e.Close() })
	session := e.App(core.Public).Session
	tokens := make([]core.Secret, clients)
	for i := range tokens {
		created, err := session.Create(b.Context(), core.CreateSession{UserID: "ada"})
		if err != nil {
			b.Fatal(err)
		}
		tokens[i] = created.RefreshToken.Token
	}
	return func(client int) {
		next, err := session.Refresh(b.Context(), core.RefreshSession{RefreshToken: tokens[client]})
		if err != nil {
			b.Error(err)
			return
		}
		tokens[client] = next.RefreshToken.Token
	}
}

// commit returns what changes the row of a client, and nothing else.
func commit(b *testing.B, uri string) func(client int) {
	b.Helper()
	db := openBare(b, uri)
	for _, statement := range []string{
		`CREATE TABLE bare_commits (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)`,
		`INSERT INTO bare_commits VALUES (0,0),(1,0),(2,0),(3,0),(4,0),(5,0),(6,0),(7,0),(8,0),(9,0),(10,0),(11,0),(12,0),(13,0),(14,0),(15,0)`,
	} {
		if _, err := db.ExecContext(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
	return func(client int) {
		if _, err := db.ExecContext(context.Background(), `UPDATE bare_commits SET n = n + 1 WHERE id = $1`, client); err != nil {
			b.Error(err)
		}
	}
}

// openBare opens a database as the engine does: PostgreSQL by ten connections,
// SQLite by one that writes, in WAL mode with every commit on the disk.
func openBare(b *testing.B, uri string) *sql.DB {
	b.Helper()
	driver, source, connections := "pgx", uri, 10
	if file, ok := strings.CutPrefix(uri, "sqlite:"); ok {
		driver, connections = "sqlite", 1
		source = "file:" + file + "?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	b.Cleanup(func() { db.Close() })
	return db
}
