// Package emailverification has the tokens and codes that are mailed to prove an
// address (CDI §2.4). What was proved is person's: every way to sign in asks for it.
//
// It owns the tables email_verification_tokens, email_verification_codes and
// code_tries. It is built on the kernel and on person, which tells it when an
// address has changed or a password was reset.
package emailverification
