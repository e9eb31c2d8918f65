// Package postern adds sign-in to a Go application.
//
// An [App] is a set of recipes over a core. The core is a library: it runs in
// this process over a database (package engine), or somewhere else behind HTTP
// (package cdi). Recipes are the packages below recipe.
//
//	core, err := connect.Open(ctx, connect.Config{URI: "sqlite:app.db"})
//	…
//	sessions := session.New(session.Config{})
//	app, err := postern.New(postern.Config{
//		App: postern.AppInfo{
//			Name:          "Example",
//			APIDomain:     "https://api.example.com",
//			WebsiteDomain: "https://example.com",
//		},
//		Core:    core.App,
//		Recipes: []postern.Recipe{emailpassword.New(emailpassword.Config{}), sessions},
//	})
//	…
//	mux.Handle("GET /me", sessions.Require(me))
//	http.ListenAndServe(addr, postern.CORS(app)(app.Middleware(mux)))
//
// The app serves the APIs below its API base path and leaves every other
// request to the handler that its middleware wraps. There are no globals: two
// apps in one process work, and so do parallel tests.
package postern
