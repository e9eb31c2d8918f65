package main

const (
	signinDir     = "recipe/signin/"
	thirdpartyDir = "recipe/thirdparty/"
	thirdparty    = "./recipe/thirdparty"
)

// guards are those of the rows of the security table, in its order.
func guards() []guard {
	var all []guard
	for _, some := range [][]guard{linking(), proofs(), idTokens(), redirects(), binding(), browsers(), times(), secondFactors(), networks(), sessions()} {
		all = append(all, some...)
	}
	return all
}

// linking is rows 1 to 4.
func linking() []guard {
	return []guard{
		{
			1, "a password that was never proved outlives the proof of its address", signinDir + "link.go",
			"err = f.takeAway(ctx, m)", "_ = f.takeAway", thirdparty, "^TestPreHijack$",
		},
		{
			1, "sessions of such a password go on", signinDir + "link.go",
			"_, err = f.sessions().RevokeUser(ctx, m.RecipeUserID)", "", thirdparty, "^TestPreHijack$",
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
			"case !e.Verified:\n\t\treturn false, nil", "case false:\n\t\treturn false, nil", thirdparty, "^TestUnverifiedEmails$",
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
			"ctx, q, ids, `email_verification_tokens`, `email_verification_codes`)", "ctx, q, ids, `email_verification_codes`)", ".", "^TestProofsDieWithTheAddress$",
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
	return []guard{
		started("a sign-in is finished at another provider", "s.ThirdPartyID != want.ThirdPartyID ||", "", "^TestBinding$"),
		started("a sign-in is finished with another redirect URI", " || s.RedirectURI != want.RedirectURI", "", "^TestBinding$"),
		started("a sign-in may be finished the next day", "left <= 0 ||", "left == 0 ||", "^TestBinding$"),
		started("a sign-in may be finished again and again", "return s, r.spend(ctx, s.ID)", "_ = r.spend\n\treturn s, nil", "^TestOnce$|^TestBinding$"),
		{
			14, "a browser finishes what it has not begun", thirdpartyDir + "api.go",
			"isOwn(info.PKCECodeVerifier) || isBrowser(in.Request)", "isOwn(info.PKCECodeVerifier)", thirdparty, "^TestBinding$",
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
			"r.app.Attempt(in.Request, postern.SpendCode, attempt.TenantID, to.key())", `r.app.Attempt(in.Request, postern.SpendCode, attempt.TenantID, in.PreAuthSessionID)`, "./recipe/passwordless", "^TestMultiplication$",
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
