// Package background does what has to be done from time to time, by one of all
// instances over a database: a lease for each job decides who does it.
//
// It owns the table leases, which belongs to no app.
package background
