package thirdparty

// IsKnown reports whether a provider with an id is known without being
// configured.
func IsKnown(id string) bool { return len(New(Config{}).known(id)) > 0 }
