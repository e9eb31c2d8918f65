package mfa_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/mfa"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/totp"
)

// TestSecondFactor is the story: a password, then a code, on every path.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mfa.Config{})
	b := w.Browser()
	id := b.SignUp(email, password)
	b.Get("/me").Want(200)
	if c, ok := w.value(b); !ok || !slices.Equal(c, []string{"emailpassword"}) {
		t.Errorf("completed %v, satisfied %v", c, ok)
	}
	device := w.setUp(b)
	w.must(w.mfa.RequireFactor(ctx(t), id, "totp"))

	w.later()
	b = w.Browser()
	b.SignIn(email, password)
	for _, path := range []string{"/me", "/maybe"} {
		b.Get(path).Want(403).Has(`"id":"st-mfa"`, "MFA requirement for auth is not satisfied")
	}
	b.RefreshSession().Want(200)
	b.Get("/me").Want(403)
	if diff := cmp.Diff([]string{"totp"}, w.info(b).Factors.Next); diff != "" {
		t.Errorf("next: %s", diff)
	}
	b.Post("/auth/totp/verify", map[string]string{"totp": "000000"}).Status("INVALID_TOTP_ERROR").Has(`"currentNumberOfFailedAttempts":1`, `"maxNumberOfFailedAttempts":5`)
	b.Get("/me").Want(403)
	handle := b.Payload()["sessionHandle"]
	b.Post("/auth/totp/verify", map[string]string{"totp": device.Code(0)}).OK()
	b.Get("/me").Want(200)
	if b.Payload()["sessionHandle"] != handle {
		t.Error("the code has made another session")
	}
	b.RefreshSession().Want(200)
	b.Get("/me").Want(200)

	// A password that is set anew takes no factor away.
	w.later()
	w.Browser().Post("/auth/user/password/reset/token", authtest.Fields("email", email)).OK()
	link := w.Mail.Messages()[0].Text
	_, token, _ := strings.Cut(link, "token=")
	token, _, _ = strings.Cut(token, "&")
	w.Browser().Post("/auth/user/password/reset", map[string]any{"token": token, "formFields": []map[string]string{{"id": "password", "value": "another horse 2"}}}).OK()
	b.RefreshSession().Want(401)
	b = w.Browser()
	b.SignIn(email, "another horse 2")
	b.Get("/me").Want(403)
	// The same code does not serve twice.
	code := device.Code(0)
	b.Post("/auth/totp/verify", map[string]string{"totp": code}).OK()
	other := w.Browser()
	other.SignIn(email, "another horse 2")
	other.Post("/auth/totp/verify", map[string]string{"totp": code}).Status("INVALID_TOTP_ERROR")
}

// TestRequirements is FDI §4.7: what is next, by shape of the requirement and
// by what is completed.
func TestRequirements(t *testing.T) {
	t.Parallel()
	one, two := mfa.Requirement{Factor: "totp"}, mfa.Requirement{OneOf: []string{"totp", "otp-email"}}
	all := mfa.Requirement{AllOfInAnyOrder: []string{"totp", "otp-email"}}
	for _, row := range []struct {
		name      string
		list      []mfa.Requirement
		completed []string
		want      []string
	}{
		{"nothing", nil, nil, nil},
		{"a factor", []mfa.Requirement{one}, nil, []string{"totp"}},
		{"a factor, completed", []mfa.Requirement{one}, []string{"totp"}, nil},
		{"one of two", []mfa.Requirement{two}, nil, []string{"totp", "otp-email"}},
		{"one of two, completed", []mfa.Requirement{two}, []string{"otp-email"}, nil},
		{"all of two", []mfa.Requirement{all}, nil, []string{"totp", "otp-email"}},
		{"all of two, one completed", []mfa.Requirement{all}, []string{"totp"}, []string{"otp-email"}},
		{"all of two, completed", []mfa.Requirement{all}, []string{"otp-email", "totp"}, nil},
		{"the first first", []mfa.Requirement{{Factor: "emailpassword"}, one}, nil, []string{"emailpassword"}},
		{"then the second", []mfa.Requirement{{Factor: "emailpassword"}, one}, []string{"emailpassword"}, []string{"totp"}},
		{"the second before the first", []mfa.Requirement{{Factor: "emailpassword"}, one}, []string{"totp"}, []string{"emailpassword"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var asked mfa.Question
			w := newWorld(t, mfa.Config{Requirements: func(_ context.Context, q mfa.Question) ([]mfa.Requirement, error) {
				asked = q
				return row.list, nil
			}})
			b := w.Browser()
			b.SignUp(email, password)
			s, err := w.Sessions.CreateTokens(ctx(t), session.NewSession{RecipeUserID: userID(b), Factor: "made-up"})
			w.must(err)
			for _, factor := range row.completed {
				w.must(w.mfa.Complete(ctx(t), s, factor))
			}
			got, err := w.mfa.Next(ctx(t), s)
			w.must(err)
			if !slices.Equal(got, row.want) {
				t.Errorf("next is %v, want %v", got, row.want)
			}
			if v := w.mfa.Of(s); v.Satisfied != (len(row.want) == 0) || len(v.Completed) != len(row.completed)+1 {
				t.Errorf("the claim says %+v", v)
			}
			user, err := asked.User()
			if err != nil || user.ID != userID(b) || asked.TenantID != core.Public {
				t.Errorf("it is asked about %+v: %v", user, err)
			}
		})
	}
}

// TestDefaultRequirements unites what is required of the user and in the
// tenant.
func TestDefaultRequirements(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name         string
		user, tenant []string
		want         []string
	}{
		{"nothing", nil, nil, nil},
		{"of the user", []string{"totp"}, nil, []string{"totp"}},
		{"in the tenant", nil, []string{"totp"}, []string{"totp"}},
		{"both", []string{"totp"}, []string{"otp-email", "totp"}, []string{"otp-email", "totp"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, mfa.Config{})
			if row.tenant != nil {
				_, err := w.Core.Tenant.CreateOrUpdate(ctx(t), core.TenantSettings{TenantID: core.Public, RequiredSecondaryFactors: op.Some(row.tenant)})
				w.must(err)
			}
			w.Browser().SignUp(email, password)
			b := w.Browser()
			b.SignIn(email, password)
			for _, factor := range row.user {
				w.must(w.mfa.RequireFactor(ctx(t), userID(b), factor))
			}
			s, err := w.Sessions.CreateTokens(ctx(t), session.NewSession{RecipeUserID: userID(b), Factor: "emailpassword"})
			w.must(err)
			got, err := w.mfa.Next(ctx(t), s)
			w.must(err)
			if !slices.Equal(got, row.want) {
				t.Errorf("next is %v, want %v", got, row.want)
			}
		})
	}
}

// TestMaySetUp is the permission of FDI §4.7, row by row.
func TestMaySetUp(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		required []string
		device   bool // the user has a TOTP device
		factor   string
		why      string
	}{
		{"all is met", nil, false, "totp", ""},
		{"all is met, and it is there already", nil, true, "totp", ""},
		{"required, not set up", []string{"totp"}, false, "totp", ""},
		{"required and set up", []string{"totp"}, true, "totp", "Completed factors in the session does not satisfy the MFA requirements for auth"},
		{"another one, while one that is set up is required", []string{"totp"}, true, "otp-email", "Completed factors in the session does not satisfy the MFA requirements for auth"},
		{"another one than is required", []string{"totp"}, false, "otp-email", "Not allowed to setup factor that is not in the next set of unsatisfied factors"},
		{"one of those that are required", []string{"totp", "otp-email"}, false, "otp-email", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, mfa.Config{})
			b := w.Browser()
			id := b.SignUp(email, password)
			if row.device {
				_, err := w.Core.TOTP.ImportDevice(ctx(t), core.ImportTOTPDevice{UserID: id, DeviceName: "phone", Period: 30, Skew: 1, SecretKey: "JBSWY3DPEHPK3PXP"})
				w.must(err)
			}
			for _, factor := range row.required {
				w.must(w.mfa.RequireFactor(ctx(t), id, factor))
			}
			s, err := w.Sessions.CreateTokens(ctx(t), session.NewSession{RecipeUserID: id, Factor: "emailpassword"})
			w.must(err)
			err = w.mfa.MaySetUp(ctx(t), s, row.factor)
			if (err == nil) != (row.why == "") {
				t.Fatalf("got %v, want %q", err, row.why)
			}
			if row.factor != "totp" {
				return
			}
			b = w.Browser()
			b.SignIn(email, password)
			a := b.Post("/auth/totp/device", map[string]string{"deviceName": "another"})
			if row.why == "" {
				a.OK()
				return
			}
			a.Want(403).Has(`"claimValidationErrors":[{"id":"st-mfa","reason":"` + row.why + `"}]`)
		})
	}
}

// TestFirstFactors is FDI §4.7: who says by what a sign-in begins.
func TestFirstFactors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		static []string
		tenant op.Optional[[]string]
		signUp int
		lists  string
	}{
		{"nobody", nil, op.Optional[[]string]{}, 200, `"firstFactors":["emailpassword"]`},
		{"the app, this one", []string{"emailpassword", "otp-email"}, op.Optional[[]string]{}, 200, `"firstFactors":["emailpassword"]`},
		{"the app, others", []string{"otp-email", "biometric"}, op.Optional[[]string]{}, 401, `"firstFactors":["biometric"]`},
		{"the tenant wins", []string{"otp-email"}, op.Some([]string{"emailpassword"}), 200, `"firstFactors":["emailpassword"]`},
		{"the tenant, none", nil, op.Some([]string{}), 401, `"firstFactors":[]`},
		{"the tenant, others", nil, op.Some([]string{"thirdparty"}), 401, `"firstFactors":[]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, mfa.Config{FirstFactors: row.static})
			_, err := w.Core.Tenant.CreateOrUpdate(ctx(t), core.TenantSettings{TenantID: core.Public, FirstFactors: row.tenant})
			w.must(err)
			w.Browser().Get("/auth/loginmethods").OK().Has(row.lists)
			w.Browser().Post("/auth/signup", authtest.Fields("email", email, "password", password)).Want(row.signUp)
		})
	}
}

// TestInfo tells a frontend where the sign-in stands.
func TestInfo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mfa.Config{})
	w.Browser().Do("PUT", "/auth/mfa/info", "").Want(401)
	b := w.Browser()
	id := b.SignUp(email, password)
	got := w.info(b)
	if len(got.Factors.Next) != 0 || !slices.Equal(got.Factors.AlreadySetup, []string{"emailpassword"}) ||
		!slices.Equal(got.Factors.AllowedToSetup, []string{"emailpassword", "totp"}) || !slices.Equal(got.Emails["emailpassword"], []string{email}) {
		t.Errorf("at first: %+v", got)
	}
	w.must(w.mfa.RequireFactor(ctx(t), id, "totp"))
	got = w.info(b)
	if !slices.Equal(got.Factors.Next, []string{"totp"}) || !slices.Equal(got.Factors.AllowedToSetup, []string{"totp"}) {
		t.Errorf("when a code is required: %+v", got)
	}
	b.Get("/me").Want(403) // the session has learned of it
	w.must(w.mfa.UnrequireFactor(ctx(t), id, "totp"))
	w.must(w.mfa.RequireFactor(ctx(t), id, "biometric"))
	b.Do("PUT", "/auth/mfa/info", "").Want(500)
}

// TestSessionsWithoutTheClaim are those from before the recipe was there: what
// they have begun with is inferred.
func TestSessionsWithoutTheClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mfa.Config{})
	b := w.Browser()
	b.SignUp(email, password)
	if ok, err := w.Sessions.MergeHandle(ctx(t), b.Payload()["sessionHandle"].(string), core.Object{"st-mfa": []byte("null")}); !ok || err != nil {
		t.Fatal(err)
	}
	b.RefreshSession().Want(200)
	if _, has := b.Payload()["st-mfa"]; has {
		t.Fatal("the claim is still there")
	}
	b.Get("/me").Want(200)
	if c, ok := w.value(b); !ok || !slices.Equal(c, []string{"emailpassword"}) {
		t.Errorf("completed %v, satisfied %v", c, ok)
	}
}

// TestValidators are the demands that handlers can make.
func TestValidators(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mfa.Config{})
	b := w.Browser()
	id := b.SignUp(email, password)
	s, err := w.Sessions.CreateTokens(ctx(t), session.NewSession{RecipeUserID: id, Factor: "emailpassword"})
	w.must(err)
	for text, q := range map[string]mfa.Requirement{
		"Factor validation failed: totp not completed":                         {Factor: "totp"},
		"None of these factors are complete in the session: totp, otp-email":   {OneOf: []string{"totp", "otp-email"}},
		"Some of the factors are not complete in the session: totp, otp-email": {AllOfInAnyOrder: []string{"totp", "otp-email"}},
	} {
		var e *session.Error
		if err := s.Demand(ctx(t), w.mfa.Completed(mfa.Requirement{Factor: "emailpassword"}, q)); !asError(err, &e) || e.Claims[0].Reason.Message != text {
			t.Errorf("%+v: %v", q, err)
		}
	}
	w.must(s.Demand(ctx(t), w.mfa.Completed(mfa.Requirement{Factor: "emailpassword"})))
	w.must(s.Demand(ctx(t), w.mfa.CompletedSince(5*time.Minute)))
	w.Clock.Advance(6 * time.Minute)
	if err := s.Demand(ctx(t), w.mfa.CompletedSince(5*time.Minute)); err == nil {
		t.Error("a factor of six minutes ago is recent enough")
	}
	w.must(w.mfa.Complete(ctx(t), s, "totp"))
	w.must(s.Demand(ctx(t), w.mfa.CompletedSince(5*time.Minute, "totp")))
	if err := s.Demand(ctx(t), w.mfa.CompletedSince(5*time.Minute, "emailpassword")); err == nil {
		t.Error("another factor counts")
	}
}

// TestRequiredFactorsRace changes the list of a user from many places at once.
func TestRequiredFactorsRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mfa.Config{})
	_, err := w.Metadata.Update(ctx(t), core.UpdateMetadata{UserID: "u", MetadataUpdate: core.Object{"mine": []byte("1")}})
	w.must(err)
	var wait sync.WaitGroup
	for _, factor := range []string{"a", "b", "c", "d", "e", "f"} {
		wait.Go(func() {
			if err := w.mfa.RequireFactor(ctx(t), "u", factor); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	got, err := w.mfa.RequiredFactors(ctx(t), "u")
	w.must(err)
	slices.Sort(got)
	if !slices.Equal(got, []string{"a", "b", "c", "d", "e", "f"}) {
		t.Errorf("the list is %v", got)
	}
	out, err := w.Metadata.Read(ctx(t), core.ReadMetadata{UserID: "u"})
	w.must(err)
	if string(out.Metadata["mine"]) != "1" {
		t.Errorf("the metadata is %s", out.Metadata)
	}
}

// TestSecondFactorByLinking adds a password to a user as a second factor.
func TestSecondFactorByLinking(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mfa.Config{Requirements: func(context.Context, mfa.Question) ([]mfa.Requirement, error) {
		return []mfa.Requirement{{OneOf: []string{"emailpassword"}}}, nil
	}})
	out, err := w.Core.ThirdParty.SignInUp(ctx(t), core.ThirdPartySignInUp{ThirdPartyID: "google", ThirdPartyUserID: "1", Email: core.ThirdPartyEmail{ID: email, IsVerified: true}})
	w.must(err)
	s, err := w.Sessions.CreateTokens(ctx(t), session.NewSession{RecipeUserID: out.RecipeUserID, Factor: "thirdparty"})
	w.must(err)
	b := w.Browser()
	b.Mode, b.Access = "header", s.AccessToken()
	b.Get("/me").Want(403)
	body := authtest.Fields("email", email, "password", password)
	body["shouldTryLinkingWithSessionUser"] = true
	b.Post("/auth/signup", body).OK()
	b.Get("/me").Want(200)
	if c, _ := w.value(b); len(c) != 2 || b.Payload()["sessionHandle"] != s.Handle() {
		t.Errorf("completed %v", c)
	}
	user, err := w.Core.User.ByID(ctx(t), core.UserByID{UserID: out.User.ID})
	w.must(err)
	if len(user.User.LoginMethods) != 2 {
		t.Errorf("the user is %+v", user.User)
	}
}

// TestBadConfig refuses to start.
func TestBadConfig(t *testing.T) {
	t.Parallel()
	for says, recipes := range map[string][]postern.Recipe{
		"FirstFactors: is empty":        {session.New(session.Config{}), mfa.New(mfa.Config{FirstFactors: []string{}})},
		`FirstFactors[0]: "totp" is no`: {session.New(session.Config{}), mfa.New(mfa.Config{FirstFactors: []string{"totp"}})},
		"it needs mfa.New":              {session.New(session.Config{}), totp.New(totp.Config{})},
		"Period: 1.5s":                  {session.New(session.Config{}), mfa.New(mfa.Config{}), totp.New(totp.Config{Period: 1500 * time.Millisecond})},
		"Skew: -1":                      {session.New(session.Config{}), mfa.New(mfa.Config{}), totp.New(totp.Config{Skew: -1})},
	} {
		_, err := postern.New(postern.Config{
			App:  postern.AppInfo{Name: "Test", APIDomain: "https://api.example.com", WebsiteDomain: "https://example.com"},
			Core: &core.Core{}, Recipes: recipes,
		})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want one that says %q", err, says)
		}
	}
}
