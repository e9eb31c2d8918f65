package engine

import (
	"slices"

	"github.com/posternauth/postern/engine/internal/dashboard"
	"github.com/posternauth/postern/engine/internal/emailverification"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/keys"
	"github.com/posternauth/postern/engine/internal/limit"
	"github.com/posternauth/postern/engine/internal/metadata"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/engine/internal/role"
	"github.com/posternauth/postern/engine/internal/totp"
)

// tables are those of all features.
var tables = slices.Concat([]kernel.Table{
	{Name: `apps`},
	{Name: `tenants`, Tenant: true},
}, person.Tables(), []kernel.Table{
	{Name: `password_reset_tokens`, Tenant: true, User: kernel.Method, Ours: true, Ended: `expires_at <= $2`, Key: `token_hash`},

	{Name: `sessions`, Tenant: true, User: kernel.Method, Ended: `purge_at <= $2`, Key: `handle`, Recipe: "Session"},

	{Name: `passwordless_devices`, Tenant: true, Ended: `purge_at <= $2`, Key: `tenant_id, device_hash`},
	{Name: `passwordless_codes`, Tenant: true, Ended: `purge_at <= $2`, Key: `tenant_id, code_id`},
}, keys.Tables(), limit.Tables(), metadata.Tables(), role.Tables(), dashboard.Tables(), totp.Tables(), emailverification.Tables())
