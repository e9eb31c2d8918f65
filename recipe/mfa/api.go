package mfa

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/signin"
)

// APIs is what the recipe serves. A nil API is not served.
type APIs struct {
	Info op.Func[InfoPut, Info] `fdi:"PUT /mfa/info"`
}

// InfoPut is the input of [APIs].Info.
type InfoPut struct{ fdi.Call }

// Info is where a sign-in stands, the answer of [APIs].Info.
type Info struct {
	Factors      InfoFactors         `json:"factors"`
	Emails       map[string][]string `json:"emails"`       // by factor
	PhoneNumbers map[string][]string `json:"phoneNumbers"` // by factor
}

// InfoFactors are the factors of an [Info].
type InfoFactors struct {
	Next           []string `json:"next"`
	AlreadySetup   []string `json:"alreadySetup"`
	AllowedToSetup []string `json:"allowedToSetup"`
}

func (r *Recipe) infoAPI(ctx context.Context, in InfoPut) (out Info, err error) {
	s, err := r.sessions.Verify(in.Response, in.Request, session.AnyClaims())
	if err != nil {
		return out, err
	}
	if err := r.resync(ctx, s); err != nil {
		return out, err
	}
	value, _ := r.Claim.Value(s.Payload())
	q := r.question(ctx, subjectOf(s), s.Payload(), value.Completed)
	user, err := q.User()
	if err != nil {
		return out, err
	}
	if _, ok := user.LoginMethod(s.RecipeUserID()); !ok {
		return out, r.sessions.Gone("the session's login method is gone")
	}
	if out.Factors, err = r.infoFactors(ctx, value, q); err != nil {
		return out, err
	}
	out.Emails, out.PhoneNumbers = r.contacts(user, s.RecipeUserID())
	return out, nil
}

// resync makes the session's claim say what is so now.
func (r *Recipe) resync(ctx context.Context, s *session.Session) error {
	before := s.Payload()
	after := maps.Clone(before)
	if err := r.Claim.Build(ctx, subjectOf(s), after, r.app.Now()); err != nil {
		return err
	}
	old, _ := r.Claim.Value(before)
	now, _ := r.Claim.Value(after)
	if maps.Equal(old.Completed, now.Completed) && old.Satisfied == now.Satisfied {
		return nil
	}
	return s.Merge(ctx, core.Object{Key: after[Key]})
}

func (r *Recipe) infoFactors(ctx context.Context, value Value, q Question) (out InfoFactors, err error) {
	list, err := r.requirements(ctx, q)
	if err != nil {
		return out, err
	}
	have, err := q.FactorsSetUp()
	if err != nil {
		return out, err
	}
	missing, err := r.missing(q, list)
	if err != nil {
		return out, err
	}
	if contains(missing, signin.ThirdParty) { // only what the user has is ever missing
		have = append(have, signin.ThirdParty)
	}
	out = InfoFactors{Next: []string{}, AlreadySetup: have, AllowedToSetup: []string{}}
	for _, factor := range r.secondFactors() {
		why := ""
		if !value.Satisfied {
			if why, err = whyNot(q, missing, factor); err != nil {
				return out, err
			}
		}
		if why == "" {
			out.AllowedToSetup = append(out.AllowedToSetup, factor)
		}
	}
	for _, factor := range missing {
		if contains(have, factor) || contains(out.AllowedToSetup, factor) {
			out.Next = append(out.Next, factor)
		}
	}
	if len(missing) > 0 && len(out.Next) == 0 {
		return out, fmt.Errorf("mfa: one of %v is required, and no recipe of the app has any of them", missing)
	}
	return out, nil
}

func (r *Recipe) contacts(user core.User, recipeUserID string) (emails, phones map[string][]string) {
	emails, phones = map[string][]string{}, map[string][]string{}
	for _, source := range postern.All[ContactSource](r.app) {
		e, p := source.FactorContacts(user, recipeUserID)
		maps.Copy(emails, e)
		maps.Copy(phones, p)
	}
	return emails, phones
}

// Of returns what the claim of a session says. A session without the claim has
// completed nothing.
func (r *Recipe) Of(s *session.Session) Value {
	v, _ := r.Claim.Value(s.Payload())
	if v.Completed == nil {
		v.Completed = map[string]int64{}
	}
	return v
}

// Next returns what a session has to complete next, nothing if it is enough.
func (r *Recipe) Next(ctx context.Context, s *session.Session) ([]string, error) {
	q := r.question(ctx, subjectOf(s), s.Payload(), r.Of(s).Completed)
	list, err := r.requirements(ctx, q)
	if err != nil {
		return nil, err
	}
	factors, err := r.missing(q, list)
	return slices.Clone(factors), err
}
