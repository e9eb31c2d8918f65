package engine

import (
	"slices"

	"github.com/posternauth/postern/engine/internal/dashboard"
	"github.com/posternauth/postern/engine/internal/emailpassword"
	"github.com/posternauth/postern/engine/internal/emailverification"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/keys"
	"github.com/posternauth/postern/engine/internal/limit"
	"github.com/posternauth/postern/engine/internal/metadata"
	"github.com/posternauth/postern/engine/internal/passwordless"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/engine/internal/role"
	"github.com/posternauth/postern/engine/internal/session"
	"github.com/posternauth/postern/engine/internal/totp"
)

// tables are those of all features.
var tables = slices.Concat([]kernel.Table{
	{Name: `apps`},
	{Name: `tenants`, Tenant: true},
}, person.Tables(), []kernel.Table{}, keys.Tables(), limit.Tables(), metadata.Tables(), role.Tables(), dashboard.Tables(), totp.Tables(), emailverification.Tables(), passwordless.Tables(), emailpassword.Tables(), session.Tables())
