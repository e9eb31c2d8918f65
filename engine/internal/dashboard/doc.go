// Package dashboard has the operators of an app, who sign in to its dashboard, and
// their sessions (CDI §2.13). They are no users of the app.
//
// It owns the tables dashboard_users and dashboard_sessions, and is built on the
// kernel.
package dashboard
