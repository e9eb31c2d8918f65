package db

// Dialect is what differs between the databases.
type Dialect struct {
	// Name is sqlite or postgres.
	Name string
	// ForUpdate ends a SELECT whose rows are about to be changed.
	ForUpdate string
	// Now is the time of the database in ms, as an expression. It decides what
	// instances share, whose own clocks may differ.
	Now string
	// Bytes follows a text that is compared byte by byte, whatever the locale
	// of the database: so texts with a common beginning are neighbours.
	Bytes string
	// Conflict reports that a unique key is taken.
	Conflict func(error) bool

	lostRace func(error) bool // run it again
	down     func(error) bool // the database does not answer, or cannot write
	refused  func(error) bool // a value that the database cannot hold
	missing  func(error) bool // a table or a column that is not there
}
