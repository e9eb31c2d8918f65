package enginetest

import "testing"

func (s suite) ping(t *testing.T) { ok(t, s.Service.Ping, struct{}{}) }
