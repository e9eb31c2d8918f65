package kernel

import "slices"

// Table is a table that a feature owns, as far as others must know it: the rows
// go with the app, the tenant and the user that they belong to. Every row
// belongs to an app, whose id is in app_id.
type Table struct {
	Name string
	// Tenant says that tenant_id names the tenant of a row.
	Tenant bool
	// User says whom user_id names.
	User User
	// Ours says that user_id holds our ids of users, not the application's.
	Ours bool
	// Ended is the condition for rows that have come to an end, where $2 is the
	// time in ms, and Key the columns that name a row beside the app. Without
	// them rows stay until they are deleted.
	Ended, Key string
	// Recipe is what keeps something for a user in this table, as the errors
	// of user id mapping name it (CDI §2.7). Without it the table does not
	// hinder a mapping.
	Recipe string
	// Moves says that the rows of a user do not hinder a mapping because they
	// move to the new id: see person.OnMapped.
	Moves bool
}

// User is whom the column user_id of a table names.
type User int

// Whom user_id names.
const (
	Nobody   User = iota // there is no such column
	Method               // a login method: rows go with it
	Person               // whose id it is: rows go with the last login method
	Operator             // of the dashboard, and no user
)

// keyValues is the one table of this package.
var keyValues = Table{Name: `key_values`}

// TablesNamed returns tables by their names.
func (k *Kernel) TablesNamed(names ...string) (tables []Table) {
	for _, t := range k.Tables {
		if slices.Contains(names, t.Name) {
			tables = append(tables, t)
		}
	}
	return tables
}
