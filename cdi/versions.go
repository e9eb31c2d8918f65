package cdi

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
)

// members is a JSON object.
type members = map[string]json.RawMessage

// change is what operations look like before a version, and how that becomes
// today's form on the way in and the old form on the way out.
type change struct {
	until      version  // nil: every version
	operations []string // by name; none means all
	request    func(ctx context.Context, c call, in input) error
	response   func(m members) error
}

// history is all changes, newest first.
func history() []change {
	return []change{
		{operations: []string{"Users.List"}, request: refuseNoLimit},
		{operations: []string{"Passwordless.CreateCode"}, request: refuseEmptyCode},
		{until: v56, operations: []string{"Session.Refresh"}, request: deferRotation},
		{until: v53, response: withoutWebAuthn},
		{until: v51, operations: []string{"EmailPassword.SignUp", "EmailPassword.SignIn", "EmailPassword.CreateResetToken", "EmailPassword.ImportHash"}, request: refuseUnless("Email password", passwordFactors())},
		{until: v51, operations: []string{"ThirdPartyLogin.SignInUp"}, request: refuseUnless("ThirdParty", thirdPartyFactors())},
		{until: v51, operations: []string{"Passwordless.CreateCode", "Passwordless.ConsumeCode", "Passwordless.CheckCode"}, request: refuseUnless("Passwordless", passwordlessFactors())},
		{until: v50, operations: []string{"oldTenants.Read", "oldTenants.List", "oldTenants.ListApps", "oldTenants.ListDomains"}, response: withoutFactors},
		{until: v50, operations: []string{"Passwordless.ConsumeCode"}, response: without("consumedDevice")},
		{until: v50, operations: []string{"TOTP.Verify", "TOTP.VerifyDevice"}, response: without("currentNumberOfFailedAttempts", "maxNumberOfFailedAttempts")},
		{until: v40, operations: []string{"Users.List"}, response: listByRecipe},
		{until: v40, response: oldUsers},
		{until: v40, response: withoutRecipeUserID},
		{until: v40, operations: []string{"EmailPassword.Update", "Passwordless.Update", "Tenant.AddUser", "Tenant.RemoveUser"}, request: nameRecipeUser},
		{until: v40, operations: []string{"ThirdPartyLogin.SignInUp"}, request: proveNothing},
		{until: v40, operations: []string{"EmailPassword.CreateResetToken"}, request: addResetEmail},
	}
}

// changes are those that matter to one request.
type changes []change

func changesFor(v version, operation string) changes {
	var out changes
	for _, c := range history() {
		old := c.until == nil || v.before(c.until)
		if old && (c.operations == nil || slices.Contains(c.operations, operation)) {
			out = append(out, c)
		}
	}
	return out
}

// request brings an input to today's form, oldest change first.
func (cs changes) request(ctx context.Context, c call, in input) error {
	for _, change := range slices.Backward(cs) {
		if change.request == nil {
			continue
		}
		if err := change.request(ctx, c, in); err != nil {
			return err
		}
	}
	return nil
}

// response brings an answer to the old form, newest change first.
func (cs changes) response(body []byte) ([]byte, error) {
	cs = slices.DeleteFunc(slices.Clone(cs), func(c change) bool { return c.response == nil })
	if len(cs) == 0 {
		return body, nil
	}
	return rewrite(body, func(m members) error {
		for _, change := range cs {
			if err := change.response(m); err != nil {
				return err
			}
		}
		return nil
	})
}

// rewrite changes the members of a JSON object.
func rewrite(object []byte, by func(members) error) ([]byte, error) {
	var m members
	if err := json.Unmarshal(object, &m); err != nil {
		return nil, err
	}
	if err := by(m); err != nil {
		return nil, err
	}
	return json.Marshal(m)
}

// rewriteMember changes the member of m that is an object, or each of those
// in an array, if there is one of that name.
func rewriteMember(m members, name string, by func(members) error) (err error) {
	raw, there := m[name]
	if !there {
		return nil
	}
	if !bytes.HasPrefix(raw, []byte("[")) {
		m[name], err = rewrite(raw, by)
		return err
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return err
	}
	for i := range elements {
		if elements[i], err = rewrite(elements[i], by); err != nil {
			return err
		}
	}
	m[name], err = json.Marshal(elements)
	return err
}
