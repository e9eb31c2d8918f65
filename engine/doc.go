// Package engine is the core in this process: what a [core.Core] promises,
// kept in SQLite or PostgreSQL.
//
//	e, err := engine.Open(ctx, engine.Config{Database: "sqlite:postern.db"})
//	c := e.App("public") // a *core.Core
//
// A feature is a package below internal: internal/session holds the logic of
// core/session.go and its SQL. This package opens the database and composes
// the features; it knows all of them, and none knows it. Several engines may
// share a database; they agree through unique keys and single statements, and
// need no leader, no timers and no messages among them.
//
// What must be atomic is one statement or one transaction. Hashing and the
// making of keys happen outside. Nothing single-use or counted is read first
// and written later.
package engine
