// Package cdi carries a core over HTTP, by the core driver interface (CDI):
// [Handler] serves one and [Dial] reaches one.
//
// # Routes
//
// The operations and their routes stand in the tags of package core. Around
// them this package serves what belongs to the protocol itself:
//
//	GET    /apiversion                       the versions of the protocol
//	GET    /config, /telemetry               what old tools ask for
//	*      /ee/license, GET /ee/featureflag  every feature is always on
//	*      /hello, /                         Hello, when the database answers
//	GET    /recipe/jwt/jwks                  the keys, in the old place
//	GET    /recipe/user, …/users/by-email    users of one recipe, before 4.0
//	GET    /recipe/session/data, …/jwt/data  parts of a session
//	GET    /requests/stats                   the requests of the last 24 hours
//	GET    …/dashboard/tenant/core-config    the settings of a tenant
//	*      /recipe/multitenancy/…            the old forms, without /v2
//
// A path may begin with the base path of the server, then an app
// ("/appid-shop"), then a tenant ("/berlin"); case does not matter. The host
// may be that of a connection URI domain, whose apps are others.
//
// # Versions
//
// The engine knows the newest contract only. What older versions spell
// differently is one list of rewrites in versions.go, applied here at the
// edge and nowhere else.
//
// # Answers
//
// An expected outcome is a 200 with a status. Plain texts end in a newline,
// which clients compare. What nobody expected is a 500 that says nothing; a
// dependency that is down is a 503 with Retry-After.
package cdi
