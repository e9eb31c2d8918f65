package cdi

import (
	"context"
	"encoding/json"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// oldSessionQueries is how old clients read what one look at a session tells.
type oldSessionQueries struct {
	Data    op.Func[core.SessionByHandle, sessionData]    `cdi:"GET /recipe/session/data" fails:"UNAUTHORISED"`
	Payload op.Func[core.SessionByHandle, sessionPayload] `cdi:"GET /recipe/jwt/data" fails:"UNAUTHORISED"`
}

type sessionData struct {
	UserDataInDatabase core.Object `json:"userDataInDatabase"`
}

type sessionPayload struct {
	UserDataInJWT core.Object `json:"userDataInJWT"`
}

func newOldSessionQueries(c *core.Core) oldSessionQueries {
	return oldSessionQueries{
		Data: func(ctx context.Context, in core.SessionByHandle) (sessionData, error) {
			found, err := c.Session.ByHandle(ctx, in)
			return sessionData{found.UserDataInDatabase}, err
		},
		Payload: func(ctx context.Context, in core.SessionByHandle) (sessionPayload, error) {
			found, err := c.Session.ByHandle(ctx, in)
			return sessionPayload{found.UserDataInJWT}, err
		},
	}
}

// deferRotation refreshes as clients expect that do not know of rotation at
// once. A client that does says what it wants.
func deferRotation(_ context.Context, _ call, in input) error {
	if _, said := in.body["deferRotation"]; !said {
		in.body["deferRotation"] = json.RawMessage("true")
	}
	return nil
}
