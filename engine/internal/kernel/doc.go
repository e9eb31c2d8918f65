// Package kernel is what every feature of the engine is given for one app: its
// id, the database, the clock, the log, the settings that hold in a tenant,
// secrets, and the rules for texts that come from outside. No feature is in it.
//
// It reads the tables apps and tenants, to know whether they exist and what
// they have set, and owns key_values, where the root secret of an app lies.
package kernel
