// Package totp has one-time codes from authenticator apps (CDI §2.12, RFC 6238),
// and recovery codes for those who have lost theirs.
//
// It owns the tables totp_users, totp_devices, totp_used_codes and
// totp_recovery_codes. It is built on the kernel, and on person for the ids of
// users.
package totp
