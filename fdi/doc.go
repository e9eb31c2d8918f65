// Package fdi carries the APIs of recipes over HTTP: the frontend driver
// interface, which browsers and apps speak.
//
// A recipe's APIs are a struct of [op.Func] fields whose tag "fdi" holds the
// route below the API base path. The input embeds [Call] and has JSON fields
// for a POST or PUT, or fields with a query tag for a GET:
//
//	type APIs struct {
//		SignUp op.Func[SignUpPost, fdi.SignedIn] `fdi:"POST /signup"`
//	}
//
// The answer is 200 {"status":"OK", …}, or the status of the outcome; the tag
// form:"bare" leaves the status out, and from:"anywhere" takes posts of other
// sites. [Router] finds the API for a request,
// with or without a tenant in the path; [WriteError] is the one place that
// writes errors.
package fdi
