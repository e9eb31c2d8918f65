package engine

import (
	"slices"

	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/keys"
	"github.com/posternauth/postern/engine/internal/limit"
	"github.com/posternauth/postern/engine/internal/metadata"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/engine/internal/role"
)

// tables are those of all features.
var tables = slices.Concat([]kernel.Table{
	{Name: `apps`},
	{Name: `tenants`, Tenant: true},
}, person.Tables(), []kernel.Table{
	{Name: `password_reset_tokens`, Tenant: true, User: kernel.Method, Ours: true, Ended: `expires_at <= $2`, Key: `token_hash`},

	{
		Name: `email_verification_tokens`, Tenant: true, User: kernel.Method, Ended: `expires_at <= $2`, Key: `token_hash`,
		Recipe: "EmailVerification", Moves: true,
	},
	{
		Name: `email_verification_codes`, Tenant: true, User: kernel.Method, Ended: `expires_at <= $2`, Key: `user_id, email, tenant_id`,
		Recipe: "EmailVerification", Moves: true,
	},
	{Name: `code_tries`, User: kernel.Method, Ended: `expires_at <= $2`, Key: `user_id`},

	{Name: `sessions`, Tenant: true, User: kernel.Method, Ended: `purge_at <= $2`, Key: `handle`, Recipe: "Session"},

	{Name: `totp_users`, User: kernel.Person},
	{Name: `totp_devices`, User: kernel.Person, Recipe: "TOTP"},
	{Name: `totp_used_codes`, User: kernel.Person, Ended: `expires_at <= $2`, Key: `user_id, code`},
	{Name: `totp_recovery_codes`, User: kernel.Person},

	{Name: `passwordless_devices`, Tenant: true, Ended: `purge_at <= $2`, Key: `tenant_id, device_hash`},
	{Name: `passwordless_codes`, Tenant: true, Ended: `purge_at <= $2`, Key: `tenant_id, code_id`},

	{Name: `dashboard_users`, User: kernel.Operator},
	{Name: `dashboard_sessions`, User: kernel.Operator, Ended: `expires_at <= $2`, Key: `session_hash`},
}, keys.Tables(), limit.Tables(), metadata.Tables(), role.Tables())
