package user

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/person"
)

// users holds the users of an app as applications look at them.
type users struct {
	*kernel.App
	people *person.People
}

// New returns the operations on users, whatever they signed up with (CDI §2.5).
func New(a *kernel.App, people *person.People) core.Users {
	u := &users{a, people}
	return core.Users{
		ByID:          u.people.ByID,
		Remove:        u.people.Remove,
		List:          u.listUsers,
		Count:         u.countUsers,
		CountActive:   u.countActiveUsers,
		ByAccountInfo: u.usersByAccountInfo,
		SearchTags:    searchTags,
	}
}

func searchTags(context.Context, struct{}) (core.SearchTags, error) {
	return core.SearchTags{Tags: []string{"email", "phone", "provider"}}, nil
}
