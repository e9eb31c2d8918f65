// Package password hashes passwords and verifies them: argon2id for new ones,
// and argon2i, bcrypt and the scrypt of Firebase for those that were
// imported.
//
// All of it happens in a pool no larger than the machine, with a queue that
// ends: a flood of sign-ins waits or is told to come back, and does not take
// memory or time from the rest of the process. A pool that has been idle for
// some seconds gives its memory back to the system.
package password
