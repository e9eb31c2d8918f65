// The conversation of a browser with the SDK's middleware.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askCore, Browser, like, newEmail, newUser, password, Session, tenant } from './sdk.mjs'

const form = (email, secret = password) => ({ formFields: [{ id: 'email', value: email }, { id: 'password', value: secret }] })

test('sign up, sign in, refresh, sign out', async () => {
  const browser = new Browser(), email = newEmail()
  const cookies = { rid: 'emailpassword', 'st-auth-mode': 'cookie' }
  const up = await browser.ask('POST', '/auth/signup', form(email), cookies)
  like(up.body, { status: 'OK' })
  assert.deepEqual(up.body.user.emails, [email])
  like((await browser.ask('POST', '/auth/signup', form(email), cookies)).body, { status: 'FIELD_ERROR' })
  like((await new Browser().ask('POST', '/auth/signin', form(email, 'wrong pass 1'), cookies)).body, { status: 'WRONG_CREDENTIALS_ERROR' })
  like((await new Browser().ask('GET', `/auth/emailpassword/email/exists?email=${encodeURIComponent(email)}`)).body, { status: 'OK', exists: true })

  const again = new Browser()
  const signedIn = await again.ask('POST', '/auth/signin', form(email), cookies)
  like(signedIn.body, { status: 'OK' })
  assert.ok(again.cookies.sAccessToken && again.cookies.sRefreshToken)
  const csrf = answer => ({ ...cookies, rid: 'session', 'anti-csrf': answer.headers.get('anti-csrf') })
  const before = again.cookies.sAccessToken
  const refreshed = await again.ask('POST', '/auth/session/refresh', {}, csrf(signedIn))
  assert.equal(refreshed.status, 200)
  assert.notEqual(again.cookies.sAccessToken, before)
  like((await again.ask('POST', '/auth/signout', {}, csrf(refreshed))).body, { status: 'OK' })
  assert.equal(again.cookies.sAccessToken, undefined)
  assert.equal((await again.ask('POST', '/auth/session/refresh', {}, cookies)).status, 401)
  like((await again.ask('GET', '/auth/jwt/jwks.json')), { status: 200 })
})

test('tokens in headers', async () => {
  const browser = new Browser(), { email } = await newUser()
  const signedIn = await browser.ask('POST', '/auth/signin', form(email), { 'st-auth-mode': 'header' })
  like(signedIn.body, { status: 'OK' })
  const refresh = token => browser.ask('POST', '/auth/session/refresh', {}, { 'st-auth-mode': 'header', authorization: `Bearer ${token}` })
  const refreshed = await refresh(signedIn.headers.get('st-refresh-token'))
  assert.equal(refreshed.status, 200)
  assert.ok(refreshed.headers.get('st-access-token'))
  assert.equal((await refresh('nonsense')).status, 401)
})

test('sessions on requests', async () => {
  const browser = new Browser(), { id, recipeUserId } = await newUser()
  const cookies = { 'st-auth-mode': 'cookie' }
  const begin = browser.exchange('POST', '/begin', {}, cookies)
  const session = await Session.createNewSession(begin.request, begin.response, tenant, recipeUserId, { a: 1 })
  browser.keep(begin.response)
  const guarded = { ...cookies, rid: 'session', 'anti-csrf': begin.response.headers.get('anti-csrf') }
  const use = browser.exchange('POST', '/use', {}, guarded)
  const found = await Session.getSession(use.request, use.response)
  assert.deepEqual([found.getUserId(), found.getHandle(), found.getAccessTokenPayload().a], [id, session.getHandle(), 1])
  const renew = browser.exchange('POST', '/renew', {}, guarded)
  const renewed = await Session.refreshSession(renew.request, renew.response)
  assert.equal(renewed.getHandle(), session.getHandle())
  const stranger = new Browser().exchange('GET', '/use')
  assert.equal(await Session.getSession(stranger.request, stranger.response, { sessionRequired: false }), undefined)
})

test('the dashboard', async () => {
  const browser = new Browser(), admin = newEmail(), { id } = await newUser()
  const made = await askCore('POST', '/recipe/dashboard/user', { email: admin, password })
  like(made, { status: 'OK' })
  like((await browser.ask('POST', '/auth/dashboard/api/signin', { email: admin, password: 'wrong pass 1' })).body, { status: 'INVALID_CREDENTIALS_ERROR' })
  const signedIn = await browser.ask('POST', '/auth/dashboard/api/signin', { email: admin, password })
  like(signedIn.body, { status: 'OK' })
  const key = { authorization: `Bearer ${signedIn.body.sessionId}` }
  const get = async path => (await browser.ask('GET', '/auth/dashboard/api' + path, undefined, key)).body
  assert.ok((await get('/users?limit=10')).users.length > 0)
  assert.ok((await get('/users/count')).count > 0)
  like(await get(`/user?userId=${id}&recipeId=emailpassword`), { status: 'OK' })
  like(await get('/search/tags'), { status: 'OK', tags: ['email', 'phone', 'provider'] })
  assert.ok((await get('/tenants')).tenants.some(t => t.tenantId === 'public'))
  const { tenant } = await get('/tenant?tenantId=public')
  const lifetime = tenant.coreConfig.find(c => c.key === 'password_reset_token_lifetime')
  like(lifetime, { valueType: 'number', value: 3600000, defaultValue: 3600000 })
  like((await browser.ask('POST', '/auth/dashboard/api/signout', {}, key)).body, { status: 'OK' })
  assert.equal((await browser.ask('GET', '/auth/dashboard/api/users/count', undefined, key)).status, 401)
  const remaining = await askCore('GET', '/recipe/dashboard/users')
  assert.ok(remaining.users.some(u => u.email === admin))
  like(await askCore('DELETE', `/recipe/dashboard/user?email=${encodeURIComponent(admin)}`), { status: 'OK', didUserExist: true })
})
