package engine

import (
	"context"

	"github.com/posternauth/postern/core"
)

func (a *app) users() core.Users {
	return core.Users{
		ByID:          a.people.ByID,
		Remove:        a.people.Remove,
		List:          a.listUsers,
		Count:         a.countUsers,
		CountActive:   a.countActiveUsers,
		ByAccountInfo: a.usersByAccountInfo,
		SearchTags:    searchTags,
	}
}

func searchTags(context.Context, struct{}) (core.SearchTags, error) {
	return core.SearchTags{Tags: []string{"email", "phone", "provider"}}, nil
}
