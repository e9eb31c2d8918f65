package main

const (
	signinDir     = "recipe/signin/"
	thirdpartyDir = "recipe/thirdparty/"
	thirdparty    = "./recipe/thirdparty"
)

// guards are those of the rows of the security table, in its order.
func guards() []guard {
	var all []guard
	for _, some := range [][]guard{linking(), proofs(), idTokens(), redirects(), binding(), reads(), browsers(), required(), doors(), times(), secondFactors(), networks(), sessions()} {
		all = append(all, some...)
	}
	return all
}

// linking is rows 1 to 4.
func linking() []guard {
	return []guard{
		{
			1, "a password that was never proved outlives the proof of its address", signinDir + "disarm.go",
			"err = f.takeAway(ctx, Disarmed{tenantID, other, m})", "_ = f.takeAway", thirdparty, "^TestPreHijack$",
		},
		{
			1, "sessions of such a password go on", signinDir + "disarm.go",
			"if err := f.endSessions(ctx, d); err != nil {", "if err := ctx.Err(); err != nil {", thirdparty, "^TestPreHijack$",
		},
		{
			1, "the password of whoever made an account outlives a stranger's proof", signinDir + "disarm.go",
			"if err := f.takeAway(ctx, d); err != nil {", "if err := ctx.Err(); err != nil {", thirdparty, "^TestConfirmForIntruder$",
		},
		{
			1, "a stranger's click proves an address for somebody's login at a provider", signinDir + "disarm.go",
			"d.Method.RecipeID != EmailPassword || !(Account{Email: email}).hasEmailOf(d.Method)", "!(Account{Email: email}).hasEmailOf(d.Method)", thirdparty, "^TestConfirmForProvider$",
		},
		{
			2, "a stranger's click proves the address that an account is about to get", signinDir + "disarm.go",
			"d.Method.RecipeID != EmailPassword || !(Account{Email: email}).hasEmailOf(d.Method)", "d.Method.RecipeID != EmailPassword || email == \"\"", "./recipe/emailverification", "^TestStrangersNewAddress$",
		},
		{
			2, "a login that an intruder has added outlives a stranger's proof", signinDir + "disarm.go",
			"own == (d.User.ID == d.Method.RecipeUserID)", "own || !own", thirdparty, "^TestConfirmForTrojan$",
		},
		{
			1, "an unproved login keeps its owner out", signinDir + "allow.go",
			"(!e.Verified || !unproven(u, e.Account))", "(!e.Verified || !unproven(u, e.Account) || u.LoginMethods[0].RecipeID != EmailPassword)", thirdparty, "^TestSquatting$",
		},
		{
			1, "an unproved user with several logins keeps the owner of an address out", signinDir + "disarm.go",
			"return len(squats) > 0, nil", "return false, nil", thirdparty, "^TestSquatting$",
		},
		{
			1, "an unproved user keeps its owner from adding a login", signinDir + "disarm.go",
			"return f.evict(ctx, tenantID, proved, primary)", "_ = primary\n\treturn false, nil", thirdparty, "^TestSquattingInSession$",
		},
		{
			1, "a proved login joins a user who never proved the address", signinDir + "link.go",
			"!answer.Link || !Proved(m) || !AccountOf(m).provedBy(primary)", "!answer.Link || !Proved(m)", thirdparty, "^TestPreHijack$",
		},
		{
			2, "a reset opens an account that holds a login of somebody else", "recipe/emailpassword/resettarget.go",
			"case mayTakeOver(*candidate, email):", "case false && mayTakeOver(*candidate, email):", thirdparty, "^TestTrojanIdentifier$",
		},
		{
			3, "a linked account follows to an address that is not proved", "recipe/emailpassword/change.go",
			"!proved && out.User.IsPrimaryUser && len(out.User.LoginMethods) > 1", "false", thirdparty, "^TestLaterEmailChange$",
		},
		{
			4, "an email that is not proved links", signinDir + "allow.go",
			"return e.Verified, nil", "return true, nil", thirdparty, "^TestUnverifiedEmails$",
		},
		{
			4, "a tenant's own server is believed", thirdpartyDir + "tenant.go",
			"len(tenant.ThirdParty.Providers) == 0 || r.believes(p)", "r.believes(p) || true", thirdparty, "^TestTenantsWord$",
		},
		{
			4, "a tenant says which word of a provider means proved", thirdpartyDir + "trust.go",
			" && p.UserInfoMap == other.UserInfoMap", "", thirdparty, "^TestTenantsWord$",
		},
		{
			4, "a provider is believed that is not trusted", thirdpartyDir + "signinup.go",
			`p.UntrustedEmail || isTrue(p.client.additional("untrustedEmail"))`, "false", thirdparty, "^TestUnverifiedEmails$",
		},
	}
}

// proofs is row 5.
func proofs() []guard {
	return []guard{
		{
			5, "a reset link serves in another tenant", "engine/internal/emailpassword/reset.go",
			"token_hash = $2 AND tenant_id = $3 AND expires_at > $4\n\t\tRETURNING", "token_hash = $2 AND $3 <> '' AND expires_at > $4\n\t\tRETURNING", "./engine", "^TestEngine$",
		},
		{
			5, "a verification link serves in another tenant", "engine/internal/emailverification/emailverification.go",
			"token_hash = $2 AND tenant_id = $3 AND expires_at > $4 RETURNING", "token_hash = $2 AND $3 <> '' AND expires_at > $4 RETURNING", ".", "^TestProofsAreBound$",
		},
		{
			5, "a mailed link outlives a change of the address", "engine/internal/emailverification/emailverification.go",
			"ctx, q, ids, `email_verification_tokens`, `email_verification_codes`)", "ctx, q, ids, `email_verification_codes`)", "./engine", "^TestEngineInMemory$/^contract$",
		},
	}
}

// reads is row 20.
func reads() []guard {
	return []guard{
		{
			20, "who looks at a link signs in by it", "ui/passwordless.go",
			"func (v *visit) showLink() { v.show(v.linkView()) }",
			"func (v *visit) showLink() {\n\tif v.param(\"linkCode\") != \"\" {\n\t\tv.postLink()\n\t\treturn\n\t}\n\tv.show(v.linkView())\n}",
			"./ui", "^TestLookingChangesNothing$",
		},
		{
			20, "who looks at a link confirms an address", "ui/verify.go",
			"v.show(v.confirmView())", "v.verifyToken()", "./ui", "^TestLookingChangesNothing$",
		},
	}
}

// idTokens is rows 8 to 10.
func idTokens() []guard {
	claim := func(what, old, test string) guard {
		return guard{8, what, thirdpartyDir + "idtoken.go", old, "case false:", thirdparty, test}
	}
	return []guard{
		claim("an ID token of another issuer is taken", "case !p.isIssuer(c):", "^TestForeignIDTokens$"),
		claim("an ID token for another client is taken", "case !slices.Contains(c.Audience, p.client.ClientID):", "^TestForeignIDTokens$"),
		claim("an ID token that another client asked for is taken", "case len(c.Audience) > 1 && c.AuthorizedParty != p.client.ClientID:", "^TestForeignIDTokens$"),
		claim("an ID token is taken that has expired", "case c.ExpiresAt == 0 || !seconds(c.ExpiresAt).After(now.Add(-clockSkew)):", "^TestForeignIDTokens$"),
		claim("an ID token from the future is taken", "case c.IssuedAt == 0 || seconds(c.IssuedAt).After(now.Add(clockSkew)):", "^TestForeignIDTokens$"),
		claim("the ID token of another sign-in is taken", `case nonce != "" && c.Nonce != nonce:`, "^TestWrongNonce$"),
		{
			8, "a discovery document may name another issuer", thirdpartyDir + "discovery.go",
			`return fmt.Errorf("the discovery document at %s is that of the issuer %q and not %q", p.OIDCDiscoveryEndpoint, issuer, want)`, "_ = fmt.Errorf\n\treturn nil", thirdparty, "^TestForeignDiscovery$",
		},
		{
			8, "an access token that was made for another app is taken", thirdpartyDir + "userinfo.go",
			`in.Foreign && token != "" && !hasIDToken`, `false`, thirdparty, "^TestForeignAccessTokens$",
		},
		{
			8, "an access token gets around the domain of a Workspace", thirdpartyDir + "userinfo.go",
			"out.FromIDToken == nil && p.wantsIDToken()", "false", thirdparty, "^TestNoIDToken$",
		},
		{
			9, "an ID token may be signed by any algorithm", thirdpartyDir + "idtoken.go",
			"jose.ParseSignedCompact(string(token), p.algorithms)", "jose.ParseSignedCompact(string(token), signatures())", thirdparty, "^TestAlgorithms$",
		},
		{
			10, "keys are fetched for every key id that somebody makes up", thirdpartyDir + "cache.go",
			"ok && (old < coolDown || old < age && d.err == nil)", "ok && (old < age && d.err == nil)", thirdparty, "^TestKeyInjection$",
		},
	}
}

// redirects is row 13.
func redirects() []guard {
	return []guard{
		{
			13, "providers send people to any address", thirdpartyDir + "api.go",
			"case !r.isAllowed(in.Request, in.RedirectURI):", "case false:", thirdparty, "^TestRedirectTargets$",
		},
		{
			13, "an address that only begins like the website is one of it", thirdpartyDir + "redirect.go",
			"rest, ok := strings.CutPrefix(address, origin)\n", "rest, ok := strings.CutPrefix(address, origin)\n\tif ok {\n\t\treturn true\n\t}\n", thirdparty, "^TestRedirectTargets$",
		},
		{
			13, "Apple's form leads to any address", thirdpartyDir + "api.go",
			"if !r.isAllowed(in.Request, state.FrontendRedirectURI) {", "if false {", thirdparty, "^TestRedirectTargets$",
		},
		{
			13, "the pages lead to any address", "ui/visit.go",
			`return SafeRedirect(v.param("redirectToPath"), v.cfg.DefaultRedirect)`, `return v.param("redirectToPath")`, "./ui", "^TestRedirectsStayHere$",
		},
	}
}

// binding is row 14.
func binding() []guard {
	started := func(what, old, instead, test string) guard {
		return guard{14, what, thirdpartyDir + "started.go", old, instead, thirdparty, test}
	}
	where := func(what, old, instead, test string) guard {
		return guard{14, what, thirdpartyDir + "place.go", old, instead, thirdparty, test}
	}
	return []guard{
		started("a sign-in is finished at another place than it was begun", " || s.Place != here", ` || here == ""`, "^TestBinding$"),
		where("a sign-in is finished in another tenant", "TenantID: p.tenantID, ", "", "^TestPlaces$"),
		where("a sign-in is finished by another client", "ClientType: p.client.ClientType, ClientID: p.client.ClientID,", "", "^TestPlaces$"),
		where("a sign-in is finished with another redirect URI", "RedirectURI: redirectURI,", "", "^TestBinding$"),
		where("a code goes to another server than it was made by", "at.source, err = p.source(ctx)", "_, err = p.source(ctx)", "^TestPlaces$"),
		where("a tenant's administrator is sent codes and verifiers of other tenants", "at.source, err = p.source(ctx)", "_, err = p.source(ctx)\n\tat.TenantID, at.ClientID = \"\", \"\"", "^TestSessionOfAnotherTenant$"),
		started("a sign-in may be finished the next day", "left <= 0 ||", "left == 0 ||", "^TestBinding$"),
		started("a sign-in may be finished again and again", "return s, r.spend(ctx, s.ID)", "_ = r.spend\n\treturn s, nil", "^TestOnce$|^TestBinding$"),
		started("a verifier that leaked passes for an app's", "!strings.HasPrefix(text, verifierMark) && ", "", "^TestNoBinding$"),
		{
			14, "a browser finishes what it has not begun", thirdpartyDir + "api.go",
			"isOwn(verifier) || isBrowser(in.Request)", "isOwn(verifier)", thirdparty, "^TestOwnVerifier$",
		},
		{
			14, "what is no browser needs nothing to finish a sign-in", thirdpartyDir + "api.go",
			"!p.pkce || !isAppsOwn(verifier)", "false", thirdparty, "^TestNoBinding$",
		},
		{
			14, "a tenant's server says who people of other tenants are", thirdpartyDir + "signinup.go",
			"return here == there, err", "_ = there\n\treturn here == here, err", thirdparty, "^TestSameIDElsewhere$",
		},
		{
			14, "a code in the session of one tenant links in another", "recipe/emailverification/api.go",
			"in.TenantID = s.TenantID()", "_ = s", "./recipe/emailverification", "^TestTenants$",
		},
		{
			14, "an address is added by the rules of another tenant", "recipe/passwordless/api.go",
			"r.contact(ctx, in.Email, in.PhoneNumber, attempt.TenantID)", "r.contact(ctx, in.Email, in.PhoneNumber, in.TenantID)", "./recipe/passwordless", "^TestContactOfTheSessionsTenant$",
		},
		{
			14, "the pages finish what this browser has not begun", "ui/provider.go",
			`if !ok || to.Provider != v.param("provider") {`, "if _ = ok; false {", "./ui", "^TestCallbackOfAnother$",
		},
		{
			14, "another site has somebody's login at a provider added to an account", "ui/provider.go",
			`link != "" && !v.isLinkToken(link)`, "false", "./ui", "^TestAddLogin$",
		},
	}
}

// browsers is row 22.
func browsers() []guard {
	return []guard{
		{
			22, "a cookie from elsewhere hides the good one", "recipe/session/cookie.go",
			"const most = 16", "const most = 1", "./recipe/session", "^TestCookieTossing$",
		},
		{
			22, "what a sibling of the domain has planted adds its login to somebody", "ui/cookie.go",
			"return cmp.Or(account.Session, account.UserID)", "return cmp.Or(account.UserID, account.Session)[:0]", "./ui", "^TestPlantedCookies$",
		},
		{
			22, "a cookie of the pages is good in another session", "ui/cookie.go",
			`return name + " " + holder`, "return name", "./ui", "^TestCookiesAreBound$",
		},
		{
			22, "a cookie of the pages is good under another name", "ui/cookie.go",
			`return name + " " + holder`, "return holder", "./ui", "^TestCallbackOfAnother$",
		},
		{
			22, "a cookie of the pages is good for ever", "ui/seal.go",
			" || k.Expires <= now.Unix()", "", "./ui", "^TestCookiesAreBound$",
		},
		{
			22, "a sibling of the domain sets cookies of the pages", "ui/cookie.go",
			"return hostOnly + name", "return name", "./ui", "^TestHostCookies$",
		},
		{
			22, "cookies of sign-ins that were begun pile up", "ui/provider.go",
			"v.makeRoom(providerCookie, mostStarted-1)", "_ = mostStarted", "./ui", "^TestCookiesMakeRoom$",
		},
	}
}

// required is rows 17 and 34.
func required() []guard {
	return []guard{
		{
			17, "what is taken from a session stays in it", "engine/internal/session/payload.go",
			"for _, key := range in.Remove {\n\t\tdelete(payload, key)", "for _, key := range in.Remove {\n\t\t_ = key", "./engine", "^TestEngineInMemory$/^contract$/^Session",
		},
		{
			34, "a method that browsers send by themselves needs no session", "recipe/session/require.go",
			"s, err := r.Verify(w, req, opts)\n\t\tif err != nil {", "s, err := r.Verify(w, req, opts)\n\t\tif err != nil && req.Method != http.MethodOptions {", "./recipe/session", "^TestVerify$",
		},
	}
}

// doors is rows 23, 32, 34 and 36: what is counted, stored and let in by what it
// means, and not by how it is written.
func doors() []guard {
	return []guard{
		{
			34, "a tenant in a path is another app", "core/identifier.go",
			"case strings.HasPrefix(id, AppPrefix):", "case false:", "./cdi", "^FuzzTenant$|^FuzzSplitPath$",
		},
		{
			23, "each spelling of a tenant has attempts of its own", "limits.go",
			"tenantID = proper", "_ = proper", ".", "^TestLimitsGoByMeaning$",
		},
		{
			23, "each spelling of an address has attempts of its own", "limits.go",
			"address.Key(account)", "account + address.Key(\"\")", ".", "^TestSpellingsShareLimits$",
		},
		{
			23, "a client without a readable address has no limits", "limits.go",
			"return unknownNetwork", "return r.RemoteAddr + r.URL.Path + a.Now().String()", ".", "^TestUnknownClientsShareLimits$",
		},
		{
			23, "who guesses codes shuts out who has the link", "recipe/passwordless/consume.go",
			`if in.LinkCode != "" {
		return ""`, `if in.LinkCode != "" {
		return to.key()`, "./recipe/passwordless", "^TestLinkIsNoGuess$",
		},
		{
			23, "a core that counts nothing switches the limits off", "cdi/fallback_limit.go",
			"if wait > 0 {", "if false {", "./cdi", "^TestForeignCore$",
		},
		{
			23, "passwords of the dashboard are tried without end", "engine/internal/dashboard/session.go",
			"_, err := d.limits.Take(ctx, budget)", "var err error", "./engine", "^TestEngineInMemory$/^contract$/^Dashboard",
		},
		{
			36, "who has two spellings of an address owns another's", "internal/address/normal.go",
			"return errX == nil && errY == nil && x == y", "return errX == nil && errY == nil && (x == y || strings.EqualFold(a, b))", "./internal/address", "^TestSame$",
		},
		{
			34, "a page makes a browser ask a core without keys", "cdi/handler.go",
			"s.guard && !isOpen(at.api)", "false && !isOpen(at.api)", "./cdi", "^TestPagesStayOut$",
		},
		{
			32, "a page token is a position that anybody can write", "engine/internal/user/list.go",
			"box.Open(nil, nil, sealed, pageBinding(in))", "box.Open(nil, nil, sealed, []byte(pageBinding(core.ListUsers{})))", "./engine", "^TestEngineInMemory$/^contract$/^User",
		},
		{
			29, "bodies of any length are read", "fdi/body.go",
			"http.MaxBytesReader(c.Response, c.Request.Body, MaxBody)", "http.MaxBytesReader(c.Response, c.Request.Body, MaxBody<<8)", ".", "^TestLargeBodies$",
		},
		{
			32, "a password is in the log", "engine/internal/emailpassword/emailpassword.go",
			"found, exists, err := e.findPassword(ctx, e.DB.Reader, kernel.OrPublic(in.TenantID), email)", "e.Log.DebugContext(ctx, \"a sign-in\", \"password\", string(in.Password))\n\tfound, exists, err := e.findPassword(ctx, e.DB.Reader, kernel.OrPublic(in.TenantID), email)", ".", "^TestNoSecretsInLogs$",
		},
		{
			32, "the secrets of a tenant's providers lie in the database as they are", "engine/internal/tenancy/settings.go",
			"t.Seals() && len(s.Providers) > 0", "false", "./engine", "^TestMasterKey$",
		},
		{
			32, "the beginning of a long password replaces the password", "engine/internal/password/hasher.go",
			"isBCrypt && len(password) > bcryptLimit", "isBCrypt && false", "./engine/internal/password", "^TestLongBCrypt$",
		},
	}
}

// times is row 24.
func times() []guard {
	return []guard{
		{
			24, "a sign-in tells by its time whether there is an account", "engine/internal/emailpassword/emailpassword.go",
			"if err := e.hasher.VerifyNone(ctx, in.Password); err != nil {", "if err := ctx.Err(); err != nil {", ".", "^TestSameTime$/^server$/a_sign-in",
		},
		{
			24, "a reset tells by its time whether there is an account", "background.go",
			"\twaitExactly(ctx, until)\n", "\t_ = until\n", ".", "^TestSameTime$/^function$/a_reset",
		},
	}
}

// secondFactors is rows 25 and 26.
func secondFactors() []guard {
	return []guard{
		{
			25, "codes of an app are tried without end", "engine/internal/totp/verify.go",
			"WHERE app_id = $1 AND user_id = $2 AND locked_until <= $9 RETURNING", "WHERE app_id = $1 AND user_id = $2 AND $9 > 0 RETURNING", "./recipe/totp", "^TestBruteForce$",
		},
		{
			25, "a code of an app serves twice", "engine/internal/totp/verify.go",
			"WHERE totp_used_codes.expires_at <= $5`", "WHERE $5 > 0`", "./recipe/totp", ".",
		},
		{
			26, "another device brings another round of guesses", "recipe/passwordless/consume.go",
			"r.app.Attempt(in.Request, postern.SpendCode, attempt.TenantID, in.guessed(to))", `r.app.Attempt(in.Request, postern.SpendCode, attempt.TenantID, in.PreAuthSessionID)`, "./recipe/passwordless", "^TestMultiplication$",
		},
		{
			26, "messages are sent without end", "recipe/passwordless/message.go",
			"_, err := r.app.Attempt(req, purpose, tenantID, to.key())", "var err error\n\t_, _, _, _ = req, purpose, tenantID, to", "./recipe/passwordless", "^TestMultiplication$",
		},
		{
			26, "a code of one device serves at another", "engine/internal/passwordless/consume.go",
			"err == nil && given.device.hash != deviceName(in.PreAuthSessionID)", "false", "./recipe/passwordless", ".",
		},
	}
}

// networks is row 33.
func networks() []guard {
	return []guard{
		{
			33, "a tenant's provider is a server in our own network", "internal/outbound/outbound.go",
			"if !isPublic(ip) {", "if false {", "./internal/outbound", ".",
		},
		{
			33, "a tenant's administrator reaches it by discovery", "internal/outbound/outbound.go",
			"if !isPublic(ip) {", "if false {", thirdparty, "^TestPrivateProviders$",
		},
		{
			33, "a public server leads on into our network", "internal/outbound/outbound.go",
			"CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },", "", "./internal/outbound", ".",
		},
	}
}

// sessions is what rows 11, 17, 21, 22, 29 and 40 say about sessions and their factors.
func sessions() []guard {
	const dir, pkg = "recipe/session/", "./recipe/session"
	return []guard{
		{
			11, "a token that an application had made passes for a session", dir + "token.go",
			`	s, _ := h.ExtraHeaders["version"].(string)`, "	s, has := h.ExtraHeaders[\"version\"].(string)\n\tif !has {\n\t\treturn 3, nil\n\t}", pkg, "^TestTokensOfAnotherKind$",
		},
		{
			22, "a spent refresh token beside the good one is taken for theft", dir + "candidates.go",
			"cmp.Compare(b.age, a.age)", "0", pkg, "^TestDuplicateCookies$",
		},
		{
			22, "a spent refresh token of another session goes first", dir + "candidates.go",
			"if hashOf(token) == paired {", "if false && paired != \"\" {", pkg, "^TestTwoSessions$|^TestOtherCoresTokens$",
		},
		{
			22, "an older access token in the browser brings back what was taken away", dir + "verify.go",
			"s.token.issued > found.token.issued", "true", pkg, "^TestNewestClaims$",
		},
		{
			22, "a planted cookie of an old version signs everybody out", dir + "verify.go",
			"isNobody(err) && hasCookie(req, legacyCookie)", "hasCookie(req, legacyCookie)", pkg, "^TestVerify$",
		},
		{
			22, "a stale cookie of a web view keeps an app from signing in", dir + "verify.go",
			"errors.Is(err, TryRefresh) && !ownsCookies(req)", "false && !ownsCookies(req)", pkg, "^TestStaleCookieOfAWebView$",
		},
		{
			40, "a required factor that was also the first counts twice", "recipe/mfa/another.go",
			"return len(kinds) > 1", "return len(kinds) > 0", "./recipe/mfa", "^TestMailboxAlone$|^TestAnotherFactor$",
		},
		{
			40, "who reads the mail sets up a factor beside the login that there is", "recipe/mfa/another.go",
			"ofOtherKinds(have, q.Completed); len(others) > 0", "ofOtherKinds(have, q.Completed); false && len(others) > 0", "./recipe/mfa", "^TestProviderIsAnother$",
		},
		{
			2, "sessions outlive a change of the password", "recipe/emailpassword/change.go",
			"_, err := r.sessions.RevokeOthers(ctx, user.ID, in.Session)", "var err error", "./recipe/emailpassword", "^TestChangeEndsSessions$",
		},
		{
			40, "sessions outlive a change of the factors", "recipe/totp/change.go",
			"_, err := r.sessions.RevokeOthers(ctx, s.UserID(), s.Handle())", "var err error", "./recipe/totp", "^TestChangesEndSessions$",
		},
		{
			21, "a site under the same domain posts to routes of the application", dir + "verify.go",
			"!opts.AnyOrigin && r.isForeign(req)", "!opts.AnyOrigin && r.isForeign(req) && false", pkg, "^TestSiblingOrigins$",
		},
		{
			21, "it opens a WebSocket with somebody's session", dir + "origin.go",
			`upgrade := req.Header.Get("Upgrade") != ""`, "upgrade := false", pkg, "^TestSiblingOrigins$",
		},
		{
			40, "a session that was left open adds a factor or links a login", "recipe/mfa/question.go",
			"s.Demand(ctx, v, r.Recent())", "s.Demand(ctx, v)", "./recipe/mfa", "^TestLinkingWantsARecentFactor$",
		},
		{
			40, "it removes devices and makes recovery codes", "recipe/totp/change.go",
			"s.Demand(ctx, r.factors.Satisfied(), r.recent())", "s.Demand(ctx, r.factors.Satisfied())", "./recipe/totp", "^TestStepUp$",
		},
		{
			40, "a factor of which nobody knows the time is recent", "recipe/mfa/claim.go",
			"return at.Unix()\n\t}\n\treturn 0", "return at.Unix()\n\t}\n\treturn issuedNow()\n}\n\nfunc issuedNow() int64 {\n\treturn 1 << 40", "./recipe/mfa", "^TestInferredFactorsAreOld$",
		},
		{
			40, "a session that nobody signed in for is recent", "recipe/session/recent.go",
			"if !known {\n\t\t\treturn reason", "if !known {\n\t\t\treturn nil", pkg, "^TestRequireRecent$",
		},
		{
			40, "nobody hears of a change of their factors", "recipe/totp/change.go",
			"r.tell(ctx, s.UserID(), what)", "_ = r.tell", "./recipe/totp", "^TestChangesAreTold$",
		},
		{
			2, "nobody hears of a new password", "recipe/emailpassword/change.go",
			"r.tell(ctx, user, in, what)", "_ = r.tell", "./recipe/emailpassword", "^TestChangeIsTold$",
		},
	}
}
