package token

import (
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// Schedule is when dynamic keys are made, sign and verify. Time is cut into
// slots of Interval, and each slot has one key. All are milliseconds.
//
// A key is made Overlap before its slot begins, if anybody asks for keys then,
// and so is published before it is used. A key made late waits for Overlap
// too, as long as an older key can sign.
type Schedule struct {
	Interval, Overlap, Validity int64
}

// Slot returns when the slot of a time begins.
func (s Schedule) Slot(now int64) int64 { return now - now%s.Interval }

// VerifyUntil returns until when tokens are alive that the key of a slot
// signed, even if it signed past its slot.
func (s Schedule) VerifyUntil(slot int64) int64 {
	return slot + s.Interval + s.Overlap + 2*s.Validity
}

// Ring is the keys of an app at one time. It does not change.
type Ring struct {
	schedule Schedule
	keys     []*Key // dynamic, the newest slot first, then static
}

// NewRing returns a ring of keys in any order.
func NewRing(s Schedule, keys []*Key) *Ring {
	keys = slices.Clone(keys)
	slices.SortFunc(keys, func(a, b *Key) int {
		if a.Kind != b.Kind {
			if a.Kind == Dynamic {
				return -1
			}
			return 1
		}
		return int(min(max(b.Slot-a.Slot, -1), 1))
	})
	return &Ring{s, keys}
}

// VerifyUntil is that of the ring's schedule.
func (r *Ring) VerifyUntil(slot int64) int64 { return r.schedule.VerifyUntil(slot) }

// Missing returns the slots that should have a key now and have none, or one
// that ends before the tokens of this schedule do.
func (r *Ring) Missing(now int64) []int64 {
	current := r.schedule.Slot(now)
	var missing []int64
	if !r.has(current) {
		missing = append(missing, current)
	}
	next := current + r.schedule.Interval
	if now >= next-r.schedule.Overlap && !r.has(next) {
		missing = append(missing, next)
	}
	return missing
}

func (r *Ring) has(slot int64) bool {
	return slices.ContainsFunc(r.keys, func(k *Key) bool {
		return k.Kind == Dynamic && k.Slot == slot && k.VerifyUntil >= r.schedule.VerifyUntil(slot)
	})
}

// Signer returns the dynamic key that signs now: the newest whose slot has
// begun, that everybody can know by now and whose tokens can be verified as
// long as they live. When there is none it is the newest of a slot that has
// begun; nil when there is none of those.
func (r *Ring) Signer(now int64) *Key {
	var unripe *Key
	for _, k := range r.keys {
		if k.Kind != Dynamic || k.Slot > now || k.VerifyUntil < now {
			continue
		}
		if k.CreatedAt+r.schedule.Overlap <= now && k.VerifyUntil >= now+r.schedule.Validity {
			return k
		}
		if unripe == nil {
			unripe = k
		}
	}
	return unripe
}

// CanSign reports whether there is a key whose tokens, signed now, can be
// verified as long as they live.
func (r *Ring) CanSign(now int64) bool {
	k := r.Signer(now)
	return k != nil && k.VerifyUntil >= now+r.schedule.Validity
}

// Static returns the static key of an algorithm, or nil.
func (r *Ring) Static(algorithm string) *Key {
	for _, k := range r.keys {
		if k.Kind == Static && k.Algorithm == algorithm {
			return k
		}
	}
	return nil
}

// Find returns the key with an id that verifies now, or nil.
func (r *Ring) Find(kid string, now int64) *Key {
	for _, k := range r.keys {
		if k.ID == kid && k.verifies(now) {
			return k
		}
	}
	return nil
}

func (k *Key) verifies(now int64) bool { return k.VerifyUntil == 0 || k.VerifyUntil >= now }

// Public returns the public keys of those that verify now, dynamic keys first,
// the newest before the others.
func (r *Ring) Public(now int64) []jose.JSONWebKey {
	keys := []jose.JSONWebKey{}
	for _, k := range r.keys {
		if k.verifies(now) {
			keys = append(keys, k.Public())
		}
	}
	return keys
}

// MaxAge returns for how many seconds the published keys are complete: until
// the next one is made.
func (r *Ring) MaxAge(now int64) int64 {
	newest := r.schedule.Slot(now)
	for _, k := range r.keys {
		if k.Kind == Dynamic {
			newest = max(newest, k.Slot)
		}
	}
	next := newest + r.schedule.Interval - r.schedule.Overlap
	return max(1, (next-now)/1000)
}
