// The functions of the SDK itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  EmailPassword, like, newTenant, newUser, nobody, password, Session, SuperTokens, tenant, UserMetadata, UserRoles,
} from './sdk.mjs'

test('users', async () => {
  const tenantId = await newTenant()
  const people = []
  for (let i = 0; i < 3; i++) people.push(await newUser(tenantId))
  const ids = people.map(p => p.id)
  assert.equal(await SuperTokens.getUserCount(['emailpassword'], tenantId), 3)
  assert.equal(await SuperTokens.getUserCount(['passwordless'], tenantId), 0)
  assert.ok(await SuperTokens.getUserCount() >= 3)

  const listed = []
  for (let paginationToken; listed.length === 0 || paginationToken;) {
    const page = await SuperTokens.getUsersOldestFirst({ tenantId, limit: 2, paginationToken })
    listed.push(...page.users.map(u => u.id))
    paginationToken = page.nextPaginationToken
  }
  assert.deepEqual(listed.sort(), [...ids].sort())
  assert.equal((await SuperTokens.getUsersNewestFirst({ tenantId, limit: 1 })).users.length, 1)
  const found = await SuperTokens.getUsersOldestFirst({ tenantId, query: { email: people[1].email } })
  assert.deepEqual(found.users.map(u => u.id), [ids[1]])
  await assert.rejects(SuperTokens.getUsersOldestFirst({ tenantId, paginationToken: 'nonsense' }), /status code: 400 and message: invalid pagination token\n/)
  await assert.rejects(SuperTokens.getUsersOldestFirst({ tenantId, limit: 0 }), /limit must a positive integer with min value 1\n/)

  const same = await SuperTokens.listUsersByAccountInfo(tenantId, { email: people[2].email })
  assert.deepEqual(same.map(u => u.id), [ids[2]])
  assert.deepEqual(await SuperTokens.listUsersByAccountInfo(tenantId, { email: people[2].email, phoneNumber: '+49301' }), [])
  assert.equal((await SuperTokens.listUsersByAccountInfo(tenantId, { email: people[2].email, phoneNumber: '+49301' }, true)).length, 1)
  assert.equal((await SuperTokens.getUser(ids[0])).id, ids[0])
  assert.equal(await SuperTokens.getUser(nobody), undefined)
  assert.equal(SuperTokens.convertToRecipeUserId(nobody).getAsString(), nobody)
  assert.equal(SuperTokens.isRecipeInitialized('session'), true)
  assert.ok(SuperTokens.getAllCORSHeaders().includes('st-auth-mode'))
})

test('delete', async () => {
  const { email, id, recipeUserId } = await newUser()
  const session = await Session.createNewSessionWithoutRequestResponse(tenant, recipeUserId)
  await UserMetadata.updateUserMetadata(id, { a: 1 })
  assert.deepEqual(await SuperTokens.deleteUser(id), { status: 'OK' })
  assert.deepEqual(await SuperTokens.deleteUser(nobody), { status: 'OK' })
  assert.equal(await SuperTokens.getUser(id), undefined)
  assert.equal(await Session.getSessionInformation(session.getHandle()), undefined)
  assert.deepEqual((await UserMetadata.getUserMetadata(id)).metadata, {})
  like(await EmailPassword.signIn(tenant, email, password), { status: 'WRONG_CREDENTIALS_ERROR' })
})

test('ids of the application', async () => {
  const { email, id } = await newUser(), other = await newUser()
  const externalUserId = 'mine-' + id
  const create = input => SuperTokens.createUserIdMapping({ superTokensUserId: id, externalUserId, ...input })
  assert.deepEqual(await create({ superTokensUserId: nobody }), { status: 'UNKNOWN_SUPERTOKENS_USER_ID_ERROR' })
  assert.deepEqual(await create({ externalUserIdInfo: 'note' }), { status: 'OK' })
  assert.deepEqual(await create(), { status: 'USER_ID_MAPPING_ALREADY_EXISTS_ERROR', doesSuperTokensUserIdExist: true, doesExternalUserIdExist: true })
  assert.deepEqual(await create({ superTokensUserId: other.id }), {
    status: 'USER_ID_MAPPING_ALREADY_EXISTS_ERROR', doesSuperTokensUserIdExist: false, doesExternalUserIdExist: true,
  })
  const mapping = { superTokensUserId: id, externalUserId, externalUserIdInfo: 'note' }
  for (const [userId, userIdType] of [[id, 'SUPERTOKENS'], [externalUserId, 'EXTERNAL'], [id, 'ANY'], [externalUserId, undefined]]) {
    like(await SuperTokens.getUserIdMapping({ userId, userIdType }), { status: 'OK', ...mapping })
  }
  like(await SuperTokens.getUserIdMapping({ userId: id, userIdType: 'EXTERNAL' }), { status: 'UNKNOWN_MAPPING_ERROR' })
  like(await EmailPassword.signIn(tenant, email, password), { status: 'OK' })
  for (const either of [id, externalUserId]) assert.equal((await SuperTokens.getUser(either)).id, externalUserId)
  const session = await Session.createNewSessionWithoutRequestResponse(tenant, SuperTokens.convertToRecipeUserId(externalUserId))
  assert.equal(session.getUserId(), externalUserId)
  await UserRoles.createNewRoleOrAddPermissions('mapped', [])
  await UserRoles.addRoleToUser(tenant, id, 'mapped')
  assert.deepEqual((await UserRoles.getRolesForUser(tenant, externalUserId)).roles, ['mapped'])

  assert.deepEqual(await SuperTokens.updateOrDeleteUserIdMappingInfo({ userId: externalUserId, externalUserIdInfo: 'new' }), { status: 'OK' })
  like(await SuperTokens.getUserIdMapping({ userId: id }), { externalUserIdInfo: 'new' })
  assert.deepEqual(await SuperTokens.updateOrDeleteUserIdMappingInfo({ userId: id, externalUserIdInfo: null }), { status: 'OK' })
  like(await SuperTokens.getUserIdMapping({ userId: id }), { externalUserIdInfo: undefined })
  assert.deepEqual(await SuperTokens.updateOrDeleteUserIdMappingInfo({ userId: nobody, externalUserIdInfo: 'x' }), { status: 'UNKNOWN_MAPPING_ERROR' })
  await assert.rejects(SuperTokens.deleteUserIdMapping({ userId: id }), /status code: 400 and message: UserId is already in use in /)
  assert.deepEqual(await SuperTokens.deleteUserIdMapping({ userId: id, force: true }), { status: 'OK', didMappingExist: true })
  assert.deepEqual(await SuperTokens.deleteUserIdMapping({ userId: id }), { status: 'OK', didMappingExist: false })
})
