// Package signin is what all ways to sign in have in common (FDI §4.0): which
// session a sign-in starts from, whether it is a first or a second factor, who
// may sign up and in, which login methods become one user, and the session
// that comes of it. Applications configure it by the recipes accountlinking
// and mfa; recipes that sign people in are built on it:
//
//	attempt, err := flow.Begin(ctx, call, in.Linking, "emailpassword")
//	… find out who it is …
//	err = attempt.Allow(ctx, signin.Candidate{…})
//	… add or update the login method …
//	user, err := attempt.Link(ctx, out.User, out.RecipeUserID)
//	_, err = attempt.Finish(ctx, user, out.RecipeUserID, "emailpassword")
//
// # What is never done
//
// An address makes two login methods one user only when both have proved it.
// A policy that asks for linking without proof is followed for everything but
// that: such login methods stay apart until the address is proved. Somebody
// who is signed in, and signs in by another method in that session, has
// proved both.
package signin
