package core

import "github.com/posternauth/postern/op"

// Service is the core as a program.
type Service struct {
	// Ping reads from the database; it fails when the database does.
	Ping op.Func[struct{}, Done] `cdi:"GET /hello" form:"text"`
}
