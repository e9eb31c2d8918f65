package enginetest

// contract lists the tests that can share a core.
func contract() []test {
	return []test{
		{"EmailPassword/sign up", suite.signUpMakesAUser},
		{"EmailPassword/sign up refuses", suite.signUpRefuses},
		{"EmailPassword/sign up without an email", suite.signUpWithoutEmail},
		{"EmailPassword/sign in refuses", suite.signInRefuses},
		{"EmailPassword/reset tokens", suite.resetTokens},
		{"EmailPassword/reset", suite.resetPassword},
		{"EmailPassword/update the password", suite.updatePassword},
		{"EmailPassword/update the email", suite.updateEmail},
		{"EmailPassword/update keeps proofs", suite.updateEmailKeepsProofs},
		{"EmailPassword/import", suite.importHash},
		{"EmailPassword/import refuses", suite.importHashRefuses},
		{"EmailVerification/by token", suite.verifyEmail},
		{"EmailVerification/by code", suite.verifyByCode},
		{"EmailVerification/wrong codes", suite.wrongCodes},
		{"EmailVerification/revoke", suite.revokeVerification},
		{"JWT/create", suite.createJWT},
		{"JWT/keys", suite.keys},
		{"Limit/take", suite.takeLimits},
		{"Limit/all or none", suite.takeAllOrNone},
		{"Limit/shared", suite.limitsAreShared},
		{"Metadata", suite.metadata},
		{"Role/roles", suite.roles},
		{"Role/of users", suite.rolesOfUsers},
		{"Service/ping", suite.ping},
		{"Session/create", suite.createSession},
		{"Session/create refuses", suite.createSessionRefuses},
		{"Session/static key", suite.staticKey},
		{"Session/verify", suite.verifySession},
		{"Session/verify refuses", suite.verifyRefuses},
		{"Session/anti-CSRF", suite.antiCSRF},
		{"Session/refresh", suite.refreshSession},
		{"Session/refresh again", suite.refreshAgain},
		{"Session/regenerate", suite.regenerate},
		{"Session/data", suite.sessionData},
		{"Session/revoke", suite.revokeSessions},
		{"Tenant/tenants", suite.tenants},
		{"Tenant/factors", suite.tenantFactors},
		{"Tenant/refusals", suite.tenantRefusals},
		{"Tenant/users", suite.tenantUsers},
		{"Tenant/last one of a user", suite.lastTenant},
		{"Tenant/remove", suite.removeTenant},
		{"Tenant/apps", suite.apps},
		{"Tenant/app refusals", suite.appRefusals},
		{"User/by id", suite.userByID},
		{"User/remove", suite.removeUser},
		{"User/remove one", suite.removeOne},
		{"User/list", suite.listUsers},
		{"User/search", suite.searchUsers},
		{"User/count", suite.countUsers},
		{"User/by account info", suite.byAccountInfo},
		{"hostile input", suite.hostile},
		{"isolation/tenants", suite.isolatedTenants},
		{"isolation/apps", suite.isolatedApps},
		{"isolation/sessions", suite.isolatedSessions},
	}
}

// clock lists the tests that move the clock of their core.
func clock() []test {
	return []test{
		{"EmailPassword/reset tokens expire", suite.resetTokensExpire},
		{"EmailVerification/expires", suite.verificationExpires},
		{"JWT/rotation", suite.keyRotation},
		{"Limit/refill", suite.limitsRefill},
		{"Session/theft", suite.refreshTheft},
		{"Session/late", suite.refreshLate},
		{"Session/regenerate when expired", suite.regenerateExpired},
		{"User/active", suite.countActive},
	}
}

// races lists the tests in which much happens at once.
func races() []test {
	return []test{
		{"race/sign up", suite.raceSignUp},
		{"race/refresh", suite.raceRefresh},
		{"race/tokens", suite.raceTokens},
		{"race/wrong codes", suite.raceWrongCodes},
		{"race/keys", suite.raceKeys},
		{"race/limits", suite.raceLimit},
		{"race/metadata", suite.raceMetadata},
		{"race/creation", suite.raceCreation},
	}
}
