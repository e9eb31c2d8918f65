import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EmailPassword, like, Multitenancy, newTenant, newUser, nobody, password, recipeUserID, tenant } from './sdk.mjs'

test('tenants', async () => {
  const id = await newTenant()
  const update = { firstFactors: ['emailpassword'], requiredSecondaryFactors: ['totp'], coreConfig: { totp_max_attempts: 3 } }
  assert.deepEqual(await Multitenancy.createOrUpdateTenant(id, update), { status: 'OK', createdNew: false })
  like(await Multitenancy.getTenant(id), { ...update, tenantId: id, thirdParty: { providers: [] } })
  assert.equal(await Multitenancy.getTenant('nowhere'), undefined)
  const { tenants } = await Multitenancy.listAllTenants()
  for (const listed of [id, tenant]) assert.ok(tenants.some(t => t.tenantId === listed), listed)
  assert.deepEqual(await Multitenancy.deleteTenant(id), { status: 'OK', didExist: true })
  assert.deepEqual(await Multitenancy.deleteTenant(id), { status: 'OK', didExist: false })
  await assert.rejects(Multitenancy.deleteTenant('public'), /status code: 403 and message: Cannot delete public tenant, use remove app API instead\n/)
  await assert.rejects(Multitenancy.createOrUpdateTenant('a_b'), /tenantId can only contain letters, numbers and hyphens\n/)
})

test('providers', async () => {
  const id = await newTenant()
  const config = { thirdPartyId: 'google', name: 'G', clients: [{ clientId: 'a', scope: ['email'] }], authorizationEndpointQueryParams: { prompt: null } }
  const set = (c, skip) => Multitenancy.createOrUpdateThirdPartyConfig(id, c, skip)
  assert.deepEqual(await set(config), { status: 'OK', createdNew: true })
  assert.deepEqual(await set(config), { status: 'OK', createdNew: false })
  const [provider] = (await Multitenancy.getTenant(id)).thirdParty.providers
  like(provider, config)
  await assert.rejects(set({ thirdPartyId: 'apple', clients: [{ clientId: 'a' }] }), /Invalid third party config: a non empty string value must be specified for keyId/)
  assert.deepEqual(await set({ thirdPartyId: 'apple', clients: [{ clientId: 'a' }] }, true), { status: 'OK', createdNew: true })
  assert.deepEqual(await Multitenancy.deleteThirdPartyConfig(id, 'google'), { status: 'OK', didConfigExist: true })
  assert.deepEqual(await Multitenancy.deleteThirdPartyConfig(id, 'google'), { status: 'OK', didConfigExist: false })
})

test('users of tenants', async () => {
  const id = await newTenant()
  const { email, recipeUserId } = await newUser()
  assert.deepEqual(await Multitenancy.associateUserToTenant(id, recipeUserId), { status: 'OK', wasAlreadyAssociated: false })
  assert.deepEqual(await Multitenancy.associateUserToTenant(id, recipeUserId), { status: 'OK', wasAlreadyAssociated: true })
  like(await EmailPassword.signIn(id, email, password), { status: 'OK' })
  assert.deepEqual(await Multitenancy.disassociateUserFromTenant(id, recipeUserId), { status: 'OK', wasAssociated: true })
  assert.deepEqual(await Multitenancy.disassociateUserFromTenant(id, recipeUserId), { status: 'OK', wasAssociated: false })
  assert.deepEqual(await Multitenancy.associateUserToTenant(id, recipeUserID(nobody)), { status: 'UNKNOWN_USER_ID_ERROR' })
  await EmailPassword.signUp(id, email, password)
  assert.deepEqual(await Multitenancy.associateUserToTenant(id, recipeUserId), { status: 'EMAIL_ALREADY_EXISTS_ERROR' })
})
