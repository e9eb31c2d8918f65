// Package authtest runs an app for tests: over a temporary core, behind a real
// HTTP server, with a mailbox, a clock, phones that show codes and browsers that
// keep cookies. Package idp beside it plays the providers of the thirdparty
// recipe.
//
//	a := authtest.New(t, authtest.Config{})
//	b := a.Browser()
//	b.SignUp("ada@example.com", "correct horse 1")
//	b.Get("/me").Want(200)
//
// It is for tests of applications as much as for our own.
package authtest
