package user

// For tests.
const (
	MaxFound   = maxFound
	MaxMatches = maxMatches
)
