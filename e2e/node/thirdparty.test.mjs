import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { EmailVerification, like, Multitenancy, newEmail, newTenant, Session, SuperTokens, tenant, ThirdParty } from './sdk.mjs'

test('sign in or up', async () => {
  const email = newEmail(), theirs = randomUUID()
  const first = await ThirdParty.manuallyCreateOrUpdateUser(tenant, 'google', theirs, email, false)
  like(first, { status: 'OK', createdNewRecipeUser: true })
  assert.deepEqual(first.user.thirdParty, [{ id: 'google', userId: theirs }])
  assert.deepEqual(first.user.emails, [email])
  assert.equal(first.user.loginMethods[0].verified, false)
  const again = await ThirdParty.manuallyCreateOrUpdateUser(tenant, 'google', theirs, email.toUpperCase(), true)
  like(again, { status: 'OK', createdNewRecipeUser: false })
  assert.equal(again.user.id, first.user.id)
  assert.equal(await EmailVerification.isEmailVerified(first.recipeUserId), true)
  await ThirdParty.manuallyCreateOrUpdateUser(tenant, 'google', theirs, email, false)
  assert.equal(await EmailVerification.isEmailVerified(first.recipeUserId), true) // false takes nothing back
})

test('an email that changed', async () => {
  const theirs = randomUUID(), next = newEmail()
  const { user } = await ThirdParty.manuallyCreateOrUpdateUser(tenant, 'github', theirs, newEmail(), true)
  const changed = await ThirdParty.manuallyCreateOrUpdateUser(tenant, 'github', theirs, next, false)
  assert.equal(changed.user.id, user.id)
  assert.deepEqual(changed.user.emails, [next])
  assert.equal(changed.user.loginMethods[0].verified, false)
  const found = await SuperTokens.listUsersByAccountInfo(tenant, { thirdParty: { id: 'github', userId: theirs } })
  assert.deepEqual(found.map(u => u.id), [user.id])
})

test('tenants and sessions', async () => {
  const elsewhere = await newTenant(), theirs = randomUUID()
  const here = await ThirdParty.manuallyCreateOrUpdateUser(tenant, 'google', theirs, newEmail(), true)
  const there = await ThirdParty.manuallyCreateOrUpdateUser(elsewhere, 'google', theirs, newEmail(), true)
  assert.notEqual(here.user.id, there.user.id)
  const session = await Session.createNewSessionWithoutRequestResponse(tenant, here.recipeUserId)
  like(await ThirdParty.manuallyCreateOrUpdateUser(tenant, 'google', theirs, here.user.emails[0], true, session), { status: 'OK' })
})

test('providers', async () => {
  assert.equal(await ThirdParty.getProvider(tenant, 'custom', undefined), undefined)
  const elsewhere = await newTenant()
  await Multitenancy.createOrUpdateThirdPartyConfig(elsewhere, {
    thirdPartyId: 'custom', clients: [{ clientId: 'client' }], authorizationEndpoint: 'https://provider.example.com/authorize',
  })
  const provider = await ThirdParty.getProvider(elsewhere, 'custom', undefined)
  assert.equal(provider.config.clientId, 'client')
})
