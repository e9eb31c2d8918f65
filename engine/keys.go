package engine

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

// keyState is the signing keys of an app in memory.
type keyState struct {
	ring    atomic.Pointer[loadedRing]
	keysMu  sync.Mutex // held while keys are read or made
	missed  int64      // when we last looked for a key that we did not know
	failed  int64      // when reading them last failed
	failure error      // and why; nil when it did not
}

// loadedRing is the keys of an app as they stood in the database.
type loadedRing struct {
	*token.Ring
	at int64 // ms
}

// keys returns the keys of the app, after it has made those that are due. When
// that fails, the keys in memory do as long as one of them can sign.
func (a *app) keys(ctx context.Context) (*token.Ring, error) {
	now := a.Ms()
	have := a.ring.Load()
	if have != nil && len(have.Missing(now)) == 0 {
		a.refreshKeys(have, now)
		return have.Ring, nil
	}
	usable := have != nil && have.CanSign(now)
	if !usable {
		a.keysMu.Lock()
	} else if !a.keysMu.TryLock() {
		return have.Ring, nil // somebody is at it
	}
	defer a.keysMu.Unlock()
	ring, err := a.makeMissing(ctx, 0)
	if err != nil && usable {
		a.Log.WarnContext(ctx, "the next signing key could not be made", "app", a.ID, "err", err)
		return have.Ring, nil
	}
	return ring, err
}

// makeMissing reads the keys and makes those that are due, now or some ms ahead.
// The caller holds the lock.
func (a *app) makeMissing(ctx context.Context, ahead int64) (*token.Ring, error) {
	if have := a.ring.Load(); have != nil && len(have.Missing(a.Ms()+ahead)) == 0 {
		return have.Ring, nil
	}
	for range keyTries {
		ring, err := a.loadKeys(ctx)
		if err != nil {
			return nil, err
		}
		now := a.Ms()
		missing := ring.Missing(now + ahead)
		if len(missing) == 0 {
			return ring, nil
		}
		for i, slot := range missing {
			// Two keys made in one millisecond need two ids.
			err := a.makeKey(ctx, &token.Key{
				Kind: token.Dynamic, Slot: slot, Algorithm: a.Values.SigningAlgorithm,
				CreatedAt: a.freeTime(ring, now+int64(i)), VerifyUntil: ring.VerifyUntil(slot),
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return a.loadKeys(ctx)
}

// freeTime returns the first time from now on that no key was made at: the
// time is in its id.
func (a *app) freeTime(ring *token.Ring, now int64) int64 {
	for ring.Find(dynamicID(now), now) != nil {
		now++
	}
	return now
}

func dynamicID(createdAt int64) string { return "d-" + strconv.FormatInt(createdAt, 10) }

// makeKey makes a key and writes it, unless another instance has been faster.
func (a *app) makeKey(ctx context.Context, k *token.Key) error {
	if err := a.CheckApp(ctx, a.DB.Reader); err != nil {
		return err
	}
	if prolonged, err := a.prolongKey(ctx, k); err != nil || prolonged {
		return err
	}
	k.ID = dynamicID(k.CreatedAt)
	if k.Kind == token.Static {
		k.ID = "s-" + uuid.NewString()
	}
	private, err := token.Generate(k.Algorithm)
	if err != nil {
		return err
	}
	_, err = a.DB.Writer.Exec(ctx, `INSERT INTO signing_keys
		(app_id, kid, kind, slot, algorithm, private_key, created_at, verify_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		a.ID, k.ID, k.Kind, k.Slot, k.Algorithm, a.Seal(k.ID, private), k.CreatedAt, k.VerifyUntil)
	return err
}

// prolongKey keeps the key of a slot for longer, if there is one: tokens live
// longer than when it was made.
func (a *app) prolongKey(ctx context.Context, k *token.Key) (bool, error) {
	if k.Kind == token.Static {
		return false, nil
	}
	n, err := a.DB.Writer.Exec(ctx, `UPDATE signing_keys SET verify_until = $4
		WHERE app_id = $1 AND kind = $2 AND slot = $3 AND verify_until < $4`, a.ID, k.Kind, k.Slot, k.VerifyUntil)
	return n > 0, err
}

// loadKeys reads all keys that verify. Those who wait for the lock do not try
// again what has just failed. The caller holds the lock.
func (a *app) loadKeys(ctx context.Context) (*token.Ring, error) {
	now := a.Ms()
	if a.failure != nil && !kernel.Elapsed(a.failed, now, keysCooldown) {
		return nil, a.failure
	}
	app, err := a.ForTenant(ctx, core.Public)
	var keys []*token.Key
	if err == nil {
		keys, err = a.readKeys(ctx, now)
	}
	if ctx.Err() == nil {
		a.failed, a.failure = now, err
	}
	if err != nil {
		return nil, err
	}
	ring := token.NewRing(schedule(app.Values), keys)
	a.ring.Store(&loadedRing{ring, now})
	if len(keys) > 0 {
		a.Exists()
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

func (a *app) readKeys(ctx context.Context, now int64) (keys []*token.Key, err error) {
	var sealed []string
	err = a.DB.Reader.Each(ctx, `SELECT kid, kind, slot, algorithm, private_key, created_at, verify_until
		FROM signing_keys WHERE app_id = $1 AND (verify_until = 0 OR verify_until >= $2)`, db.Args{a.ID, now},
		func(scan db.Scan) error {
			k, private := new(token.Key), ""
			err := scan(&k.ID, &k.Kind, &k.Slot, &k.Algorithm, &private, &k.CreatedAt, &k.VerifyUntil)
			keys, sealed = append(keys, k), append(sealed, private)
			return err
		})
	if err != nil {
		return nil, err
	}
	for i, k := range keys {
		private, err := a.Unseal(k.ID, sealed[i])
		if err != nil {
			return nil, err
		}
		if err := k.Load(private); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// refreshKeys reads keys that have been in memory for long, without making
// anybody wait for it.
func (a *app) refreshKeys(have *loadedRing, now int64) {
	if !kernel.Elapsed(have.at, now, keysMaxAge) || !a.keysMu.TryLock() {
		return
	}
	go func() {
		defer a.keysMu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if _, err := a.loadKeys(ctx); err != nil {
			a.ring.Store(&loadedRing{have.Ring, now}) // the next attempt has time
		}
	}()
}

// signer returns the key that signs now.
func (a *app) signer(ctx context.Context, static bool, algorithm string) (*token.Key, error) {
	ring, err := a.keys(ctx)
	if err != nil {
		return nil, err
	}
	key := ring.Signer(a.Ms())
	if static {
		if key = ring.Static(algorithm); key == nil {
			key, err = a.staticKey(ctx, algorithm)
		}
	}
	if err == nil && key == nil {
		err = fmt.Errorf("app %q has no key to sign with", a.ID)
	}
	return key, err
}

// staticKey makes the static key of an algorithm.
func (a *app) staticKey(ctx context.Context, algorithm string) (*token.Key, error) {
	a.keysMu.Lock()
	defer a.keysMu.Unlock()
	ring, err := a.loadKeys(ctx)
	if err != nil {
		return nil, err
	}
	if key := ring.Static(algorithm); key != nil {
		return key, nil
	}
	slot := int64(slices.Index(token.Algorithms(), algorithm))
	if err := a.makeKey(ctx, &token.Key{Kind: token.Static, Slot: slot, Algorithm: algorithm, CreatedAt: a.Ms()}); err != nil {
		return nil, err
	}
	if ring, err = a.loadKeys(ctx); err != nil {
		return nil, err
	}
	return ring.Static(algorithm), nil
}

// findKey returns the key that verifies tokens with this key id, or nil. It
// asks the database only for ids that it does not know, and not too often.
func (a *app) findKey(ctx context.Context, kid string) (*token.Key, error) {
	now := a.Ms()
	have := a.ring.Load()
	if have == nil {
		if _, err := a.keys(ctx); err != nil {
			return nil, err
		}
		have = a.ring.Load()
	}
	if key := have.Find(kid, now); key != nil {
		a.refreshKeys(have, now)
		return key, nil
	}
	return a.findNewKey(ctx, kid)
}

// findNewKey looks for a key that another instance may have made. That the
// database does not answer is not taken for an unknown key.
func (a *app) findNewKey(ctx context.Context, kid string) (*token.Key, error) {
	a.keysMu.Lock()
	defer a.keysMu.Unlock()
	ring, err := a.lookAgain(ctx)
	if err != nil {
		return nil, err
	}
	return ring.Find(kid, a.Ms()), nil
}

// lookAgain reads the keys, unless that was done a moment ago. The caller
// holds the lock.
func (a *app) lookAgain(ctx context.Context) (*token.Ring, error) {
	now := a.Ms()
	if have := a.ring.Load(); have != nil && !kernel.Elapsed(a.missed, now, keysCooldown) {
		return have.Ring, nil
	}
	ring, err := a.loadKeys(ctx)
	if err == nil {
		a.missed = now
	}
	return ring, err
}

// publicKeys returns the key set of the app.
func (a *app) publicKeys(ctx context.Context) (core.KeySet, error) {
	ring, err := a.keys(ctx)
	if err != nil {
		var down *core.Unavailable
		have := a.ring.Load()
		if have == nil || !errors.As(err, &down) {
			return core.KeySet{}, err
		}
		ring = have.Ring // old keys are better than none
	}
	if ring.Static(a.Values.SigningAlgorithm) == nil {
		// A static key is used as soon as it is made, perhaps by another instance.
		a.keysMu.Lock()
		defer a.keysMu.Unlock()
		if newer, err := a.lookAgain(ctx); err == nil {
			ring = newer
		}
	}
	now := a.Ms()
	return core.KeySet{Keys: ring.Public(now), MaxAge: ring.MaxAge(now)}, nil
}
