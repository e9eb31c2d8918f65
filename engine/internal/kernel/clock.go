package kernel

import "fmt"

// TimeDigits is the width of a time that [FixedTime] writes.
const TimeDigits = 14

// FixedTime writes a time in ms so that texts of times sort like the times.
func FixedTime(ms int64) string { return fmt.Sprintf("%0*d", TimeDigits, ms) }

// Elapsed reports whether the time has come, or has jumped back.
func Elapsed(since, now, ms int64) bool { return now < since || now-since >= ms }
