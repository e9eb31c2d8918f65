package core

import (
	"fmt"

	"github.com/posternauth/postern/op"
)

// Limit is the rate limits, kept in the database: a restart forgets nothing,
// and all instances count together.
type Limit struct {
	// Take spends one attempt of each budget, or of none when one is empty.
	Take op.Func[TakeLimits, Done] `cdi:"POST /recipe/limit/take" ext:"true" fails:"LIMIT_REACHED_ERROR"`

	// GiveBack returns the attempts, for what turned out to be no attack.
	GiveBack op.Func[TakeLimits, Done] `cdi:"POST /recipe/limit/give" ext:"true"`
}

// TakeLimits is the input of [Limit.Take] and [Limit.GiveBack]: at most 16
// budgets, each with a key of its own.
type TakeLimits struct {
	Budgets []Budget `json:"budgets"`
}

// Budget is a number of attempts that refills evenly. Key names what is
// limited: the purpose and whose it is ("signin account public a@b.c"). The
// core keeps a hash of it.
type Budget struct {
	Key      string `json:"key"`
	Burst    int64  `json:"burst"`    // attempts when full
	RefillMs int64  `json:"refillMs"` // time until one attempt comes back
}

// LimitReached is a budget that is empty.
type LimitReached struct {
	RetryAfterMs int64 `json:"retryAfterMs"`
	// Both only for codes of a second factor.
	CurrentNumberOfFailedAttempts int64 `json:"currentNumberOfFailedAttempts,omitempty"`
	MaxNumberOfFailedAttempts     int64 `json:"maxNumberOfFailedAttempts,omitempty"`
}

// FailStatus is LIMIT_REACHED_ERROR.
func (*LimitReached) FailStatus() op.Status { return "LIMIT_REACHED_ERROR" }
func (e *LimitReached) Error() string {
	return fmt.Sprintf("too many attempts, try again in %d ms", e.RetryAfterMs)
}
