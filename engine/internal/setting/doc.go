// Package setting is what apps and tenants may set for themselves: the names of
// the settings in the protocol (CDI §5.1), what they may be, and which of the
// values of an engine they change. It knows nothing of the database.
//
// A new setting is a field of [Values] and a line of the table.
package setting
