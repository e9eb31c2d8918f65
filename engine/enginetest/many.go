package enginetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern/core"
)

const tooMany = "You can only query up to 500 users at a time."

// metadataOfMany: the answer has an entry for each id, as it was given and in
// that order.
func (s suite) metadataOfMany(t *testing.T) {
	user, _ := s.signUp(t, core.Public)
	mapped, plain, nobody := user.ID, newID("user"), newID("user")
	external := newID("external")
	ok(t, s.UserIDMapping.Create, core.CreateUserIDMapping{SuperTokensUserID: mapped, ExternalUserID: external})
	ok(t, s.Metadata.Update, core.UpdateMetadata{UserID: mapped, MetadataUpdate: object(`{"a":1}`)})
	ok(t, s.Metadata.Update, core.UpdateMetadata{UserID: plain, MetadataUpdate: object(`{"b":{"c":[null]}}`)})
	want := []core.MetadataOfUser{
		{UserID: plain, Metadata: object(`{"b":{"c":[null]}}`)},
		{UserID: mapped, Metadata: object(`{"a":1}`)},
		{UserID: nobody},
		{UserID: external, Metadata: object(`{"a":1}`)},
		{UserID: plain, Metadata: object(`{"b":{"c":[null]}}`)},
	}
	got := ok(t, s.Metadata.ReadMany, core.ManyUsers{UserIDs: []string{plain, mapped, nobody, external, plain}})
	if diff := cmp.Diff(want, got.Users); diff != "" {
		t.Errorf("metadata of many (-want +got):\n%s", diff)
	}
	s.counts(t, func(ids []string) (int, error) {
		out, err := s.Metadata.ReadMany(t.Context(), core.ManyUsers{UserIDs: ids})
		return len(out.Users), err
	})
	bad(t, s.Metadata.ReadMany, core.ManyUsers{UserIDs: ids(501)}, tooMany)
}

// totpOfMany: a device that was never verified is told from none at all.
func (s suite) totpOfMany(t *testing.T) {
	user, _ := s.signUp(t, core.Public)
	mapped, pending, nobody := user.ID, newID("user"), newID("user")
	external := newID("external")
	ok(t, s.UserIDMapping.Create, core.CreateUserIDMapping{SuperTokensUserID: mapped, ExternalUserID: external})
	s.newDevice(t, mapped, "another")
	s.importDevice(t, mapped)
	s.newDevice(t, pending, "")
	yes, no := true, false
	want := []core.TOTPStatus{
		{UserID: nobody}, {UserID: pending, HasVerifiedDevice: &no}, {UserID: mapped, HasVerifiedDevice: &yes}, {UserID: external, HasVerifiedDevice: &yes},
	}
	got := ok(t, s.TOTP.StatusOfMany, core.ManyUsers{UserIDs: []string{nobody, pending, mapped, external}})
	if diff := cmp.Diff(want, got.Users); diff != "" {
		t.Errorf("devices of many (-want +got):\n%s", diff)
	}
	s.counts(t, func(ids []string) (int, error) {
		out, err := s.TOTP.StatusOfMany(t.Context(), core.ManyUsers{UserIDs: ids})
		return len(out.Users), err
	})
	bad(t, s.TOTP.StatusOfMany, core.ManyUsers{UserIDs: ids(501)}, tooMany)
}

// counts asks about nobody, about one and about as many as may be.
func (s suite) counts(t *testing.T, ask func(ids []string) (int, error)) {
	t.Helper()
	for _, n := range []int{0, 1, 500} {
		if got, err := ask(ids(n)); got != n || err != nil {
			t.Errorf("%d entries for %d ids, %v", got, n, err)
		}
	}
}

func ids(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = newID("user")
	}
	return all
}
