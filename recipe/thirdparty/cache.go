package thirdparty

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// freshFor is how long what a provider published is taken as it is.
	freshFor = time.Hour
	// coolDown is how long a provider is not asked again: for a key that it did
	// not have, or after it did not answer.
	coolDown = 10 * time.Second
)

// cache keeps documents of providers by their addresses. Whoever needs one
// that is being fetched waits for that. While a provider does not answer, the
// document that is there serves on.
type cache[T any] struct {
	fetch func(ctx context.Context, address string) (T, error)
	now   func() time.Time

	group singleflight.Group
	mu    sync.Mutex
	have  map[string]document[T]
}

// document is one that was fetched, or the reason why it was not.
type document[T any] struct {
	value T
	err   error
	asked time.Time
}

// find returns the document at an address. One that is older than a time is
// fetched again, if nobody has asked for it just now.
func (c *cache[T]) find(ctx context.Context, address string, age time.Duration) (T, error) {
	c.mu.Lock()
	d, ok := c.have[address]
	c.mu.Unlock()
	old := c.now().Sub(d.asked)
	if ok && (old < coolDown || old < age && d.err == nil) {
		return d.value, d.err
	}
	v, err, _ := c.group.Do(address, func() (any, error) {
		// Whoever gives up does not take the document from the others.
		return c.renew(context.WithoutCancel(ctx), address, d)
	})
	value, _ := v.(T)
	return value, err
}

func (c *cache[T]) renew(ctx context.Context, address string, before document[T]) (T, error) {
	value, err := c.fetch(ctx, address)
	if err != nil && !before.asked.IsZero() && before.err == nil {
		value, err = before.value, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.have == nil {
		c.have = map[string]document[T]{}
	}
	c.have[address] = document[T]{value, err, c.now()}
	return value, err
}
