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

// comparedMetadata: an update is made if the values are those that were read.
func (s suite) comparedMetadata(t *testing.T) {
	user := newID("user")
	compare := func(update, expected string) core.CompareAndUpdateMetadata {
		return core.CompareAndUpdateMetadata{UserID: user, MetadataUpdate: object(update), Expected: object(expected)}
	}
	ok(t, s.Metadata.CompareAndUpdate, compare(`{"a":[1, 2]}`, `{}`))
	fails(t, s.Metadata.CompareAndUpdate, compare(`{"a":[3]}`, `{}`), core.MetadataChanged)
	fails(t, s.Metadata.CompareAndUpdate, compare(`{"a":[3]}`, `{"a":[1]}`), core.MetadataChanged)
	ok(t, s.Metadata.CompareAndUpdate, compare(`{"b":1}`, `{"a":"not looked at"}`))
	ok(t, s.Metadata.CompareAndUpdate, compare(`{"a":null}`, `{"a":[1,2]}`))
	got := ok(t, s.Metadata.CompareAndUpdate, compare(`{"a":true}`, `{"a":null}`)).Metadata
	sameJSON(t, "metadata", got, object(`{"a":true,"b":1}`))
}

// raceComparedMetadata: of many who have read the same, one changes it.
func (s suite) raceComparedMetadata(t *testing.T) {
	const n = 50
	user := newID("user")
	got := atOnce(t, n, func(i int) error {
		_, err := s.either(i).Metadata.CompareAndUpdate(t.Context(), core.CompareAndUpdateMetadata{
			UserID: user, MetadataUpdate: object(`{"a":1}`), Expected: object(`{}`),
		})
		return err
	})
	exactlyOne(t, got, n, core.MetadataChanged)
}
