package kernel

import "slices"

// OrStatus returns err, or the outcome when there is none.
func OrStatus(err, outcome error) error {
	if err != nil {
		return err
	}
	return outcome
}

// AddOnce appends a value to a list that does not have it.
func AddOnce[T comparable](list []T, value T) []T {
	if slices.Contains(list, value) {
		return list
	}
	return append(list, value)
}
