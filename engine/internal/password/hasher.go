package password

import (
	"context"
	"crypto/rand"
	"errors"
	"sync/atomic"
	"time"

	"github.com/posternauth/postern/core"
)

// maxWaiting bounds the queue: who comes after is refused at once.
const maxWaiting = 2048

// Params are the costs of argon2id.
type Params struct {
	Iterations  uint32
	MemoryKiB   uint32
	Parallelism uint8
}

// Config is how to hash; every field is set.
type Config struct {
	Params
	Workers       int           // how many hashes are computed at once
	QueueDeadline time.Duration // how long one may wait for its turn
	// FirebaseSignerKey is the key of the Firebase project that hashes were
	// exported from; nil when there are none.
	FirebaseSignerKey []byte
}

// Hasher is the pool.
type Hasher struct {
	cfg     Config
	none    string // the hash of no password, for users who do not exist
	turns   chan struct{}
	waiting atomic.Int64
	idle    *idle
}

// New returns a pool.
func New(cfg Config) *Hasher {
	return &Hasher{
		cfg:   cfg,
		none:  argon2Hash{params: cfg.Params, variant: argon2id, salt: make([]byte, saltSize), sum: make([]byte, sumSize)}.String(),
		turns: make(chan struct{}, cfg.Workers),
		idle:  newIdle(freeMemory),
	}
}

// Close ends the wait for memory to be given back.
func (h *Hasher) Close() { h.idle.timer.Stop() }

// Hash returns the hash of a password, as text in PHC form. It fails with
// [core.Unavailable] when the queue is too long.
func (h *Hasher) Hash(ctx context.Context, password core.Secret) (hash string, err error) {
	err = h.do(ctx, func() error {
		a := argon2Hash{params: h.cfg.Params, variant: argon2id, salt: make([]byte, saltSize)}
		rand.Read(a.salt)
		a.sum = a.compute([]byte(password), sumSize)
		hash = a.String()
		return nil
	})
	return hash, err
}

// Verify compares a password with a hash. stale says that the password, if it
// is right, should be hashed anew: the hash has another form or other costs
// than Hash gives today.
func (h *Hasher) Verify(ctx context.Context, hash string, password core.Secret) (ok, stale bool, err error) {
	s, err := parse(hash)
	if err != nil {
		return false, false, err
	}
	a, isArgon2 := s.(argon2Hash)
	stale = !isArgon2 || a.variant != argon2id || a.params != h.cfg.Params
	if _, isBCrypt := s.(bcryptHash); isBCrypt && len(password) > bcryptLimit {
		stale = false // what comes behind was not compared, and may be anything
	}
	err = h.do(ctx, func() (err error) {
		ok, err = s.verify([]byte(password), h.cfg.FirebaseSignerKey)
		return err
	})
	return ok, stale, err
}

// VerifyNone takes as long as Verify, for a user who does not exist.
func (h *Hasher) VerifyNone(ctx context.Context, password core.Secret) error {
	_, _, err := h.Verify(ctx, h.none, password)
	return err
}

// do runs fn when it is its turn.
func (h *Hasher) do(ctx context.Context, fn func() error) error {
	if h.waiting.Add(1) > maxWaiting {
		h.waiting.Add(-1)
		return &core.Unavailable{Err: errors.New("too many passwords wait to be hashed")}
	}
	err := h.wait(ctx)
	h.waiting.Add(-1)
	if err != nil {
		return err
	}
	defer func() {
		<-h.turns
		h.idle.used()
	}()
	return fn()
}

func (h *Hasher) wait(ctx context.Context) error {
	select {
	case h.turns <- struct{}{}:
		return nil
	default:
	}
	timeout := time.NewTimer(h.cfg.QueueDeadline)
	defer timeout.Stop()
	select {
	case h.turns <- struct{}{}:
		return nil
	case <-timeout.C:
		return &core.Unavailable{Err: errors.New("the queue of passwords to be hashed is too long")}
	case <-ctx.Done():
		return ctx.Err()
	}
}
