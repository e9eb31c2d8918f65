import assert from 'node:assert/strict'
import { test } from 'node:test'
import { like, newTenant, newUser, recipeUserID, Session, tenant, UserRoles } from './sdk.mjs'

const start = (id, payload = {}, data = {}, tenantId = tenant, disableAntiCsrf = true) =>
  Session.createNewSessionWithoutRequestResponse(tenantId, recipeUserID(id), payload, data, disableAntiCsrf)
const verify = (session, options) => {
  const { accessToken } = session.getAllSessionTokensDangerously?.() ?? { accessToken: session }
  return Session.getSessionWithoutRequestResponse(accessToken, undefined, { antiCsrfCheck: false, ...options })
}
const rejects = (promise, type) => assert.rejects(promise, error => error.type === type || assert.fail(`${error.type}: ${error}`))

test('create, look at and verify', async () => {
  const { id } = await newUser()
  const session = await start(id, { a: 1 }, { b: { c: null } })
  assert.deepEqual(await session.getSessionDataFromDatabase(), { b: { c: null } })
  assert.equal(session.getUserId(), id)
  assert.equal(session.getRecipeUserId().getAsString(), id)
  assert.equal(session.getTenantId(), tenant)
  assert.equal(session.getAccessTokenPayload().a, 1)
  assert.ok(await session.getExpiry() > Date.now())
  assert.ok(await session.getTimeCreated() <= Date.now() + 1000)
  const { accessToken } = session.getAllSessionTokensDangerously()
  for (const options of [undefined, { checkDatabase: true }]) {
    const again = await verify(session, options)
    assert.equal(again.getHandle(), session.getHandle())
  }
  like(await Session.getSessionInformation(session.getHandle()), { userId: id, sessionDataInDatabase: { b: { c: null } }, tenantId: tenant })
  assert.equal(await Session.getSessionInformation('nonsense'), undefined)
  assert.equal(await Session.getSessionWithoutRequestResponse(undefined, undefined, { sessionRequired: false }), undefined)
  await rejects(verify(accessToken.slice(0, -8) + 'AAAAAAAA'), 'TRY_REFRESH_TOKEN')
})

test('refresh, and once more', async () => {
  const session = await start((await newUser()).id, { a: 1 })
  const first = session.getAllSessionTokensDangerously()
  const second = await Session.refreshSessionWithoutRequestResponse(first.refreshToken, true)
  assert.equal(second.getHandle(), session.getHandle())
  assert.equal(second.getAccessTokenPayload().a, 1)
  const tokens = second.getAllSessionTokensDangerously()
  await verify(second)
  const retry = await Session.refreshSessionWithoutRequestResponse(first.refreshToken, true)
  assert.equal(retry.getAllSessionTokensDangerously().refreshToken, tokens.refreshToken)
  await Session.refreshSessionWithoutRequestResponse(tokens.refreshToken, true)
  await rejects(Session.refreshSessionWithoutRequestResponse('nonsense', true), 'UNAUTHORISED')
})

test('the token is replaced when its successor is used', async () => {
  const first = (await start((await newUser()).id)).getAllSessionTokensDangerously()
  const refresh = () => Session.refreshSessionWithoutRequestResponse(first.refreshToken, true)
  const [one, two] = [await refresh(), await refresh()].map(s => s.getAllSessionTokensDangerously())
  assert.equal(one.refreshToken, two.refreshToken)
  const parent = token => JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).parentRefreshTokenHash1
  assert.ok(parent(one.accessToken))
  const used = (await verify(one.accessToken)).getAllSessionTokensDangerously()
  assert.equal(used.accessAndFrontTokenUpdated, true)
  assert.equal(parent(used.accessToken), null)
  assert.equal(parent((await refresh()).getAllSessionTokensDangerously().accessToken), null)
})

test('anti-CSRF', async () => {
  const session = await start((await newUser()).id, {}, {}, tenant, false)
  const { accessToken, refreshToken, antiCsrfToken } = session.getAllSessionTokensDangerously()
  assert.ok(antiCsrfToken)
  await Session.getSessionWithoutRequestResponse(accessToken, antiCsrfToken, { antiCsrfCheck: true })
  await rejects(Session.getSessionWithoutRequestResponse(accessToken, 'wrong', { antiCsrfCheck: true }), 'TRY_REFRESH_TOKEN')
  await rejects(Session.refreshSessionWithoutRequestResponse(refreshToken, false, 'wrong'), 'UNAUTHORISED')
  await Session.refreshSessionWithoutRequestResponse(refreshToken, false, antiCsrfToken)
})

test('list and revoke', async () => {
  const { id } = await newUser()
  const elsewhere = await newTenant()
  const [one, two, there] = [await start(id), await start(id), await start(id, {}, {}, elsewhere)].map(s => s.getHandle())
  assert.deepEqual((await Session.getAllSessionHandlesForUser(id)).sort(), [one, two, there].sort())
  assert.deepEqual(await Session.getAllSessionHandlesForUser(id, true, elsewhere), [there])
  assert.equal(await Session.revokeSession(one), true)
  assert.equal(await Session.revokeSession(one), false)
  assert.deepEqual(await Session.revokeMultipleSessions([one, two]), [two])
  assert.deepEqual(await Session.revokeAllSessionsForUser(id, true, tenant), [])
  assert.deepEqual(await Session.revokeAllSessionsForUser(id), [there])
  const last = await start(id)
  await last.revokeSession()
  const noClaims = { overrideGlobalClaimValidators: () => [] }
  await verify(last, noClaims)
  await rejects(verify(last, { checkDatabase: true, ...noClaims }), 'UNAUTHORISED')
})

test('data and payload', async () => {
  const session = await start((await newUser()).id, { kept: [1.5, 'ä'], gone: true })
  assert.equal(await Session.updateSessionDataInDatabase(session.getHandle(), { a: 1 }), true)
  assert.equal(await Session.updateSessionDataInDatabase('nonsense', {}), false)
  assert.deepEqual(await session.getSessionDataFromDatabase(), { a: 1 })
  await session.updateSessionDataInDatabase({ b: 2 })
  assert.equal(await Session.mergeIntoAccessTokenPayload(session.getHandle(), { gone: null, came: 'now' }), true)
  assert.equal(await Session.mergeIntoAccessTokenPayload('nonsense', {}), false)
  like((await Session.getSessionInformation(session.getHandle())).customClaimsInAccessTokenPayload, { kept: [1.5, 'ä'], came: 'now' })
  const fresh = await verify(session, { checkDatabase: true })
  await fresh.mergeIntoAccessTokenPayload({ third: 3 })
  assert.equal(fresh.getAccessTokenPayload().third, 3)
  await verify(fresh)
})

test('claims', async () => {
  const { id } = await newUser()
  await UserRoles.createNewRoleOrAddPermissions('reader', ['read'])
  await UserRoles.addRoleToUser(tenant, id, 'reader')
  const handle = (await start(id)).getHandle(), claim = UserRoles.UserRoleClaim
  assert.deepEqual(await Session.getClaimValue(handle, claim), { status: 'OK', value: ['reader'] })
  assert.equal(await Session.setClaimValue(handle, claim, ['writer']), true)
  assert.deepEqual(await Session.getClaimValue(handle, claim), { status: 'OK', value: ['writer'] })
  assert.equal(await Session.fetchAndSetClaim(handle, claim), true)
  assert.deepEqual(await Session.getClaimValue(handle, claim), { status: 'OK', value: ['reader'] })
  const validate = role => Session.validateClaimsForSessionHandle(handle, () => [claim.validators.includes(role)])
  like(await validate('reader'), { status: 'OK', invalidClaims: [] })
  assert.equal((await validate('writer')).invalidClaims.length, 1)
  assert.equal(await Session.removeClaim(handle, claim), true)
  assert.deepEqual(await Session.getClaimValue(handle, claim), { status: 'OK', value: undefined })
  assert.deepEqual(await Session.getClaimValue('nonsense', claim), { status: 'SESSION_DOES_NOT_EXIST_ERROR' })
  assert.equal(await Session.fetchAndSetClaim('nonsense', claim), false)
  assert.equal(await Session.setClaimValue('nonsense', claim, []), false)
  assert.equal(await Session.removeClaim('nonsense', claim), false)
  like(await Session.validateClaimsForSessionHandle('nonsense'), { status: 'SESSION_DOES_NOT_EXIST_ERROR' })
})

test('tokens for others', async () => {
  for (const isStatic of [true, false]) {
    const { status, jwt } = await Session.createJWT({ a: 1, sub: 'somebody' }, 60, isStatic)
    assert.equal(status, 'OK')
    const [head, payload] = jwt.split('.').map(part => part && Buffer.from(part, 'base64url').toString())
    like(JSON.parse(payload), { a: 1, sub: 'somebody', iss: 'https://api.example.com/auth' })
    const { keys } = await Session.getJWKS()
    assert.ok(keys.some(key => key.kid === JSON.parse(head).kid), `${head} is none of ${keys.map(k => k.kid)}`)
    assert.equal(JSON.parse(head).kid.startsWith('s-'), isStatic)
  }
  like(await Session.getOpenIdDiscoveryConfiguration(), { issuer: 'https://api.example.com/auth' })
})
