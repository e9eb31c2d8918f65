package core

import "log/slog"

// Secret is text that must not be printed: a password, a token, a code, an API
// key. It prints as [redacted] everywhere but in JSON, which is the wire.
// Convert it with string(s) where it is used.
type Secret string

const redacted = "[redacted]"

func (s Secret) String() string       { return redacted }
func (s Secret) GoString() string     { return redacted }
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
