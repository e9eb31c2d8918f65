// Package limit has the rate limits of an app, which all its instances share.
//
// It owns the table rate_limits and is built on the kernel.
package limit
