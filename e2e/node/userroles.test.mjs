import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newTenant, newUser, nobody, Session, tenant, UserRoles } from './sdk.mjs'

const unknown = { status: 'UNKNOWN_ROLE_ERROR' }

test('roles and permissions', async () => {
  assert.deepEqual(await UserRoles.createNewRoleOrAddPermissions('editor', ['read']), { status: 'OK', createdNewRole: true })
  assert.deepEqual(await UserRoles.createNewRoleOrAddPermissions('editor', ['write']), { status: 'OK', createdNewRole: false })
  const { permissions } = await UserRoles.getPermissionsForRole('editor')
  assert.deepEqual(permissions.sort(), ['read', 'write'])
  assert.deepEqual(await UserRoles.getPermissionsForRole('none'), unknown)
  assert.deepEqual(await UserRoles.getRolesThatHavePermission('write'), { status: 'OK', roles: ['editor'] })
  assert.deepEqual(await UserRoles.removePermissionsFromRole('editor', ['write']), { status: 'OK' })
  assert.deepEqual(await UserRoles.removePermissionsFromRole('none', ['write']), unknown)
  assert.deepEqual(await UserRoles.getRolesThatHavePermission('write'), { status: 'OK', roles: [] })
  assert.ok((await UserRoles.getAllRoles()).roles.includes('editor'))
  assert.deepEqual(await UserRoles.deleteRole('editor'), { status: 'OK', didRoleExist: true })
  assert.deepEqual(await UserRoles.deleteRole('editor'), { status: 'OK', didRoleExist: false })
})

test('roles of users', async () => {
  await UserRoles.createNewRoleOrAddPermissions('admin', ['all'])
  const elsewhere = await newTenant()
  assert.deepEqual(await UserRoles.addRoleToUser(tenant, nobody, 'admin'), { status: 'OK', didUserAlreadyHaveRole: false })
  assert.deepEqual(await UserRoles.addRoleToUser(tenant, nobody, 'admin'), { status: 'OK', didUserAlreadyHaveRole: true })
  assert.deepEqual(await UserRoles.addRoleToUser(tenant, nobody, 'none'), unknown)
  assert.deepEqual(await UserRoles.getRolesForUser(tenant, nobody), { status: 'OK', roles: ['admin'] })
  assert.deepEqual(await UserRoles.getRolesForUser(elsewhere, nobody), { status: 'OK', roles: [] })
  assert.deepEqual(await UserRoles.getUsersThatHaveRole(tenant, 'admin'), { status: 'OK', users: [nobody] })
  assert.deepEqual(await UserRoles.getUsersThatHaveRole(tenant, 'none'), unknown)
  assert.deepEqual(await UserRoles.removeUserRole(tenant, nobody, 'admin'), { status: 'OK', didUserHaveRole: true })
  assert.deepEqual(await UserRoles.removeUserRole(tenant, nobody, 'admin'), { status: 'OK', didUserHaveRole: false })
  assert.deepEqual(await UserRoles.removeUserRole(tenant, nobody, 'none'), unknown)
})

test('claims', async () => {
  const { id, recipeUserId } = await newUser()
  await UserRoles.createNewRoleOrAddPermissions('claimed', ['see'])
  await UserRoles.addRoleToUser(tenant, id, 'claimed')
  const session = await Session.createNewSessionWithoutRequestResponse(tenant, recipeUserId)
  assert.deepEqual(await session.getClaimValue(UserRoles.UserRoleClaim), ['claimed'])
  assert.deepEqual(await session.getClaimValue(UserRoles.PermissionClaim), ['see'])
})
