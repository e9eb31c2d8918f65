package session

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/posternauth/postern/core"
)

// keyCoolDown is how long an unknown key id is not asked for again: anyone can
// send one.
const keyCoolDown = 500 * time.Millisecond

// keyCache holds the public keys of the core. Reading it takes no lock. While
// the core does not answer, the keys that are there serve on.
type keyCache struct {
	fetch   func(context.Context) (core.KeySet, error)
	refresh time.Duration
	now     func() time.Time

	current atomic.Pointer[keySet]
	mu      sync.Mutex // held while fetching, so that one does it for all
}

// keySet is a snapshot of keys.
type keySet struct {
	byID  map[string]*jose.JSONWebKey
	asked time.Time // when the core was last asked
}

// find returns the key with this id, or nil. It fails only when the core does
// not answer and there are no keys at all.
func (c *keyCache) find(ctx context.Context, kid string) (*jose.JSONWebKey, error) {
	set := c.current.Load()
	if set == nil || c.now().Sub(set.asked) >= c.refresh {
		if err := c.update(ctx, set); err != nil {
			return nil, err
		}
		set = c.current.Load()
	}
	if key, ok := set.byID[kid]; ok {
		return key, nil
	}
	if c.now().Sub(set.asked) < keyCoolDown {
		return nil, nil
	}
	if err := c.update(ctx, set); err != nil {
		return nil, err
	}
	return c.current.Load().byID[kid], nil
}

// update asks the core, unless somebody has since seen was the newest.
func (c *keyCache) update(ctx context.Context, seen *keySet) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current.Load() != seen {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	got, err := c.fetch(ctx)
	switch {
	case err == nil:
		c.current.Store(newKeySet(got.Keys, seen, c.now()))
		return nil
	case seen != nil:
		c.current.Store(&keySet{seen.byID, c.now()})
		return nil
	}
	var down *core.Unavailable
	if errors.As(err, &down) {
		return err
	}
	return &core.Unavailable{Err: err}
}

// newKeySet keeps the identity of keys that were there before: verified tokens
// remember by which key they were.
func newKeySet(keys []jose.JSONWebKey, before *keySet, now time.Time) *keySet {
	set := &keySet{make(map[string]*jose.JSONWebKey, len(keys)), now}
	for _, k := range keys {
		if before != nil {
			if old := before.byID[k.KeyID]; old != nil && sameKey(old, &k) {
				set.byID[k.KeyID] = old
				continue
			}
		}
		set.byID[k.KeyID] = &k
	}
	return set
}

func sameKey(a, b *jose.JSONWebKey) bool {
	x, okX := a.MarshalJSON()
	y, okY := b.MarshalJSON()
	return okX == nil && okY == nil && string(x) == string(y)
}
