package keys

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/setting"
	"github.com/posternauth/postern/engine/internal/token"
)

const (
	// keysMaxAge is how long keys are kept in memory, in ms, so that a key that
	// an operator deletes stops to verify.
	keysMaxAge = 60_000
	// keysCooldown is how often unknown key ids may make us look, and how soon
	// we look again after a failure, in ms.
	keysCooldown = 500
	// keyTries is how often a key is made when its id is taken.
	keyTries = 3
)

// Keys are the signing keys of an app.
type Keys struct {
	*kernel.App

	ring    atomic.Pointer[loadedRing]
	mu      sync.Mutex // held while keys are read or made
	missed  int64      // when we last looked for a key that we did not know
	failed  int64      // when reading them last failed
	failure error      // and why; nil when it did not
}

// New returns the keys of an app. There is one for each app, for the sake of
// what it keeps in memory.
func New(a *kernel.App) *Keys {
	k := &Keys{App: a}
	a.OnForget(func() { k.ring.Store(nil) })
	return k
}

// Tables are those of signing keys.
func Tables() []kernel.Table {
	return []kernel.Table{{Name: `signing_keys`, Ended: `verify_until > 0 AND verify_until < $2`, Key: `kid`}}
}

// loadedRing is the keys of an app as they stood in the database.
type loadedRing struct {
	*token.Ring
	at int64 // ms
}

// Ready returns the keys of the app, after it has made those that are due. When
// that fails, the keys in memory do as long as one of them can sign.
func (k *Keys) Ready(ctx context.Context) (*token.Ring, error) {
	now := k.Ms()
	have := k.ring.Load()
	if have != nil && len(have.Missing(now)) == 0 {
		k.refreshKeys(have, now)
		return have.Ring, nil
	}
	usable := have != nil && have.CanSign(now)
	if !usable {
		k.mu.Lock()
	} else if !k.mu.TryLock() {
		return have.Ring, nil // somebody is at it
	}
	defer k.mu.Unlock()
	ring, err := k.makeMissing(ctx, 0)
	if err != nil && usable {
		k.Log.WarnContext(ctx, "the next signing key could not be made", "app", k.ID, "err", err)
		return have.Ring, nil
	}
	return ring, err
}

// makeMissing reads the keys and makes those that are due, now or some ms ahead.
// The caller holds the lock.
func (k *Keys) makeMissing(ctx context.Context, ahead int64) (*token.Ring, error) {
	if have := k.ring.Load(); have != nil && len(have.Missing(k.Ms()+ahead)) == 0 {
		return have.Ring, nil
	}
	for range keyTries {
		ring, err := k.loadKeys(ctx)
		if err != nil {
			return nil, err
		}
		now := k.Ms()
		missing := ring.Missing(now + ahead)
		if len(missing) == 0 {
			return ring, nil
		}
		for i, slot := range missing {
			// Two keys made in one millisecond need two ids.
			err := k.makeKey(ctx, &token.Key{
				Kind: token.Dynamic, Slot: slot, Algorithm: k.Values.SigningAlgorithm,
				CreatedAt: k.freeTime(ring, now+int64(i)), VerifyUntil: ring.VerifyUntil(slot),
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return k.loadKeys(ctx)
}

// freeTime returns the first time from now on that no key was made at: the
// time is in its id.
func (k *Keys) freeTime(ring *token.Ring, now int64) int64 {
	for ring.Find(dynamicID(now), now) != nil {
		now++
	}
	return now
}

func dynamicID(createdAt int64) string { return "d-" + strconv.FormatInt(createdAt, 10) }

// makeKey makes a key and writes it, unless another instance has been faster.
func (k *Keys) makeKey(ctx context.Context, key *token.Key) error {
	if err := k.CheckApp(ctx, k.DB.Reader); err != nil {
		return err
	}
	if prolonged, err := k.prolongKey(ctx, key); err != nil || prolonged {
		return err
	}
	key.ID = dynamicID(key.CreatedAt)
	if key.Kind == token.Static {
		key.ID = "s-" + uuid.NewString()
	}
	private, err := token.Generate(key.Algorithm)
	if err != nil {
		return err
	}
	_, err = k.DB.Writer.Exec(ctx, `INSERT INTO signing_keys
		(app_id, kid, kind, slot, algorithm, private_key, created_at, verify_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		k.ID, key.ID, key.Kind, key.Slot, key.Algorithm, k.Seal(key.ID, private), key.CreatedAt, key.VerifyUntil)
	return err
}

// prolongKey keeps the key of a slot for longer, if there is one: tokens live
// longer than when it was made.
func (k *Keys) prolongKey(ctx context.Context, key *token.Key) (bool, error) {
	if key.Kind == token.Static {
		return false, nil
	}
	n, err := k.DB.Writer.Exec(ctx, `UPDATE signing_keys SET verify_until = $4
		WHERE app_id = $1 AND kind = $2 AND slot = $3 AND verify_until < $4`, k.ID, key.Kind, key.Slot, key.VerifyUntil)
	return n > 0, err
}

// loadKeys reads all keys that verify. Those who wait for the lock do not try
// again what has just failed. The caller holds the lock.
func (k *Keys) loadKeys(ctx context.Context) (*token.Ring, error) {
	now := k.Ms()
	if k.failure != nil && !kernel.Elapsed(k.failed, now, keysCooldown) {
		return nil, k.failure
	}
	app, err := k.ForTenant(ctx, core.Public)
	var keys []*token.Key
	if err == nil {
		keys, err = k.readKeys(ctx, now)
	}
	if ctx.Err() == nil {
		k.failed, k.failure = now, err
	}
	if err != nil {
		return nil, err
	}
	ring := token.NewRing(schedule(app.Values), keys)
	k.ring.Store(&loadedRing{ring, now})
	if len(keys) > 0 {
		k.Exists()
	}
	return ring, nil
}

// schedule is when keys come and go.
func schedule(v *setting.Values) token.Schedule {
	return token.Schedule{
		Interval: v.SigningKeyInterval.Milliseconds(),
		Overlap:  v.KeyOverlap.Milliseconds(),
		Validity: v.AccessTokenValidity.Milliseconds(),
	}
}

func (k *Keys) readKeys(ctx context.Context, now int64) (keys []*token.Key, err error) {
	var sealed []string
	err = k.DB.Reader.Each(ctx, `SELECT kid, kind, slot, algorithm, private_key, created_at, verify_until
		FROM signing_keys WHERE app_id = $1 AND (verify_until = 0 OR verify_until >= $2)`, db.Args{k.ID, now},
		func(scan db.Scan) error {
			key, private := new(token.Key), ""
			err := scan(&key.ID, &key.Kind, &key.Slot, &key.Algorithm, &private, &key.CreatedAt, &key.VerifyUntil)
			keys, sealed = append(keys, key), append(sealed, private)
			return err
		})
	if err != nil {
		return nil, err
	}
	for i, key := range keys {
		private, err := k.Unseal(key.ID, sealed[i])
		if err != nil {
			return nil, err
		}
		if err := key.Load(private); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// refreshKeys reads keys that have been in memory for long, without making
// anybody wait for it.
func (k *Keys) refreshKeys(have *loadedRing, now int64) {
	if !kernel.Elapsed(have.at, now, keysMaxAge) || !k.mu.TryLock() {
		return
	}
	go func() {
		defer k.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if _, err := k.loadKeys(ctx); err != nil {
			k.ring.Store(&loadedRing{have.Ring, now}) // the next attempt has time
		}
	}()
}

// Signer returns the key that signs now.
func (k *Keys) Signer(ctx context.Context, static bool, algorithm string) (*token.Key, error) {
	ring, err := k.Ready(ctx)
	if err != nil {
		return nil, err
	}
	key := ring.Signer(k.Ms())
	if static {
		if key = ring.Static(algorithm); key == nil {
			key, err = k.staticKey(ctx, algorithm)
		}
	}
	if err == nil && key == nil {
		err = fmt.Errorf("app %q has no key to sign with", k.ID)
	}
	return key, err
}

// staticKey makes the static key of an algorithm.
func (k *Keys) staticKey(ctx context.Context, algorithm string) (*token.Key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	ring, err := k.loadKeys(ctx)
	if err != nil {
		return nil, err
	}
	if key := ring.Static(algorithm); key != nil {
		return key, nil
	}
	slot := int64(slices.Index(token.Algorithms(), algorithm))
	if err := k.makeKey(ctx, &token.Key{Kind: token.Static, Slot: slot, Algorithm: algorithm, CreatedAt: k.Ms()}); err != nil {
		return nil, err
	}
	if ring, err = k.loadKeys(ctx); err != nil {
		return nil, err
	}
	return ring.Static(algorithm), nil
}

// Find returns the key that verifies tokens with this key id, or nil. It
// asks the database only for ids that it does not know, and not too often.
func (k *Keys) Find(ctx context.Context, kid string) (*token.Key, error) {
	now := k.Ms()
	have := k.ring.Load()
	if have == nil {
		if _, err := k.Ready(ctx); err != nil {
			return nil, err
		}
		have = k.ring.Load()
	}
	if key := have.Find(kid, now); key != nil {
		k.refreshKeys(have, now)
		return key, nil
	}
	return k.findNewKey(ctx, kid)
}

// findNewKey looks for a key that another instance may have made. That the
// database does not answer is not taken for an unknown key.
func (k *Keys) findNewKey(ctx context.Context, kid string) (*token.Key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	ring, err := k.lookAgain(ctx)
	if err != nil {
		return nil, err
	}
	return ring.Find(kid, k.Ms()), nil
}

// lookAgain reads the keys, unless that was done a moment ago. The caller
// holds the lock.
func (k *Keys) lookAgain(ctx context.Context) (*token.Ring, error) {
	now := k.Ms()
	if have := k.ring.Load(); have != nil && !kernel.Elapsed(k.missed, now, keysCooldown) {
		return have.Ring, nil
	}
	ring, err := k.loadKeys(ctx)
	if err == nil {
		k.missed = now
	}
	return ring, err
}

// public returns the key set of the app.
func (k *Keys) public(ctx context.Context) (core.KeySet, error) {
	ring, err := k.Ready(ctx)
	if err != nil {
		var down *core.Unavailable
		have := k.ring.Load()
		if have == nil || !errors.As(err, &down) {
			return core.KeySet{}, err
		}
		ring = have.Ring // old keys are better than none
	}
	if ring.Static(k.Values.SigningAlgorithm) == nil {
		// A static key is used as soon as it is made, perhaps by another instance.
		k.mu.Lock()
		defer k.mu.Unlock()
		if newer, err := k.lookAgain(ctx); err == nil {
			ring = newer
		}
	}
	now := k.Ms()
	return core.KeySet{Keys: ring.Public(now), MaxAge: ring.MaxAge(now)}, nil
}
