package session

import (
	"strings"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

// tokenCache remembers access tokens whose signature was verified, and by
// which key. It holds at most size of them: when the younger generation is
// full it becomes the older one, and the older one is forgotten.
type tokenCache struct {
	size int

	mu           sync.RWMutex
	young, older map[string]verifiedToken
}

type verifiedToken struct {
	*accessToken
	key *jose.JSONWebKey
}

// find returns a token that was verified before.
func (c *tokenCache) find(token string) (verifiedToken, bool) {
	c.mu.RLock()
	v, ok := c.young[token]
	if !ok {
		v, ok = c.older[token]
	}
	c.mu.RUnlock()
	return v, ok
}

// add remembers a verified token.
func (c *tokenCache) add(token string, v verifiedToken) {
	if c.size <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || len(c.young) >= (c.size+1)/2 {
		c.older, c.young = c.young, map[string]verifiedToken{}
	}
	c.young[token] = v
}

// headerCache remembers the headers of tokens whose signature was good, or that
// the core has just made, by their exact text: all tokens of a key share one,
// and reading it takes a third of the time that a token costs. It holds a few
// keys, not more.
type headerCache struct {
	mu   sync.RWMutex
	seen map[string]header
}

const maxHeaders = 64

func (c *headerCache) find(text string) (header, bool) {
	c.mu.RLock()
	h, ok := c.seen[text]
	c.mu.RUnlock()
	return h, ok
}

// add remembers the header of a token.
func (c *headerCache) add(t *accessToken) {
	text, _, _ := strings.Cut(t.signed, ".")
	if _, ok := c.find(text); ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil || len(c.seen) >= maxHeaders {
		c.seen = map[string]header{}
	}
	c.seen[strings.Clone(text)] = t.header
}
