package enginetest

import (
	"testing"

	"github.com/posternauth/postern/core"
)

func (s suite) metadata(t *testing.T) {
	read := core.ReadMetadata{UserID: newID("user")}
	if got := ok(t, s.Metadata.Read, read).Metadata; got == nil || len(got) != 0 {
		t.Errorf("nobody has set it, and it is %#v", got)
	}
	for _, step := range []struct{ update, want string }{
		{`{"a":1,"b":{"c":1,"d":2},"e":null}`, `{"a":1,"b":{"c":1,"d":2}}`},
		{`{"b":{"d":3}}`, `{"a":1,"b":{"d":3}}`},
		{`{"a":null,"no":null}`, `{"b":{"d":3}}`},
		{`{}`, `{"b":{"d":3}}`},
		{`{"n":12345678901234567890,"f":1.10,"":"é\u2028<&>","deep":{"null":null}}`, `{"b":{"d":3},"n":12345678901234567890,"f":1.10,"":"é\u2028<&>","deep":{"null":null}}`},
	} {
		got := ok(t, s.Metadata.Update, core.UpdateMetadata{UserID: read.UserID, MetadataUpdate: object(step.update)})
		sameJSON(t, "metadata after "+step.update, got.Metadata, object(step.want))
		sameJSON(t, "metadata read", ok(t, s.Metadata.Read, read).Metadata, object(step.want))
	}
	for range 2 {
		ok(t, s.Metadata.Clear, core.ClearMetadata(read))
	}
	sameJSON(t, "metadata after clear", ok(t, s.Metadata.Read, read).Metadata, core.Object{})
}
