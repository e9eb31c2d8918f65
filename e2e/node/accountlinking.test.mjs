import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import {
  AccountLinking, EmailPassword, like, Multitenancy, newEmail, newTenant, newUser, recipeUserID, nobody, Passwordless, Session,
  SuperTokens, tenant, ThirdParty,
} from './sdk.mjs'

const google = (email = newEmail(), verified = true) => ThirdParty.manuallyCreateOrUpdateUser(tenant, 'google', randomUUID(), email, verified)
const taken = 'ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR'

test('make primary', async () => {
  const { email, id, recipeUserId } = await newUser()
  for (const was of [false, true]) {
    assert.deepEqual(await AccountLinking.canCreatePrimaryUser(recipeUserId), { status: 'OK', wasAlreadyAPrimaryUser: was })
    const made = await AccountLinking.createPrimaryUser(recipeUserId)
    like(made, { status: 'OK', wasAlreadyAPrimaryUser: was })
    assert.equal(made.user.isPrimaryUser, true)
  }
  const twin = await google(email)
  const conflict = { status: taken, primaryUserId: id, description: "This user's email is already associated with another user ID" }
  assert.deepEqual(await AccountLinking.canCreatePrimaryUser(twin.recipeUserId), conflict)
  assert.deepEqual(await AccountLinking.createPrimaryUser(twin.recipeUserId), conflict)
  await assert.rejects(AccountLinking.createPrimaryUser(recipeUserID(nobody)), /status code: 400 and message: Unknown user ID provided\n/)
})

test('link and unlink', async () => {
  const { id, recipeUserId } = await newUser()
  const other = await google(), third = await newUser()
  like(await AccountLinking.canLinkAccounts(other.recipeUserId, id), { status: 'INPUT_USER_IS_NOT_A_PRIMARY_USER' })
  like(await AccountLinking.linkAccounts(other.recipeUserId, id), { status: 'INPUT_USER_IS_NOT_A_PRIMARY_USER' })
  await AccountLinking.createPrimaryUser(recipeUserId)
  const session = await Session.createNewSessionWithoutRequestResponse(tenant, other.recipeUserId)
  for (const was of [false, true]) {
    assert.deepEqual(await AccountLinking.canLinkAccounts(other.recipeUserId, id), { status: 'OK', accountsAlreadyLinked: was })
    const linked = await AccountLinking.linkAccounts(other.recipeUserId, id)
    like(linked, { status: 'OK', accountsAlreadyLinked: was })
    assert.deepEqual(linked.user.loginMethods.map(m => m.recipeId), ['emailpassword', 'thirdparty'])
  }
  assert.equal(await Session.getSessionInformation(session.getHandle()), undefined) // linking ends sessions
  assert.equal((await SuperTokens.getUser(other.recipeUserId.getAsString())).id, id)

  await AccountLinking.createPrimaryUser(third.recipeUserId)
  like(await AccountLinking.canLinkAccounts(other.recipeUserId, third.id), {
    status: 'RECIPE_USER_ID_ALREADY_LINKED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR', primaryUserId: id,
  })
  const refused = await AccountLinking.linkAccounts(other.recipeUserId, third.id)
  like(refused, { status: 'RECIPE_USER_ID_ALREADY_LINKED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR', primaryUserId: id })
  assert.equal(refused.user.id, id)
  like(await AccountLinking.canCreatePrimaryUser(other.recipeUserId), { status: 'RECIPE_USER_ID_ALREADY_LINKED_WITH_PRIMARY_USER_ID_ERROR' })
  like(await AccountLinking.createPrimaryUser(other.recipeUserId), { status: 'RECIPE_USER_ID_ALREADY_LINKED_WITH_PRIMARY_USER_ID_ERROR' })

  assert.deepEqual(await AccountLinking.unlinkAccount(other.recipeUserId), { status: 'OK', wasRecipeUserDeleted: false, wasLinked: true })
  assert.deepEqual(await AccountLinking.unlinkAccount(other.recipeUserId), { status: 'OK', wasRecipeUserDeleted: false, wasLinked: false })
  await AccountLinking.linkAccounts(other.recipeUserId, id)
  assert.deepEqual(await AccountLinking.unlinkAccount(recipeUserId), { status: 'OK', wasRecipeUserDeleted: true, wasLinked: true })
  const left = await SuperTokens.getUser(id)
  assert.deepEqual(left.loginMethods.map(m => m.recipeId), ['thirdparty'])
})

test('conflicts of a primary user', async () => {
  const { email, recipeUserId } = await newUser(), other = await newUser()
  await AccountLinking.createPrimaryUser(recipeUserId)
  await AccountLinking.createPrimaryUser(other.recipeUserId)
  like(await EmailPassword.updateEmailOrPassword({ recipeUserId: other.recipeUserId, email }), { status: 'EMAIL_CHANGE_NOT_ALLOWED_ERROR' })
  const theirs = randomUUID()
  const { recipeUserId: login } = await ThirdParty.manuallyCreateOrUpdateUser(tenant, 'google', theirs, newEmail(), true)
  await AccountLinking.linkAccounts(login, other.id)
  like(await ThirdParty.manuallyCreateOrUpdateUser(tenant, 'google', theirs, email, true), { status: 'EMAIL_CHANGE_NOT_ALLOWED_ERROR' })

  const phoneNumber = '+4915112345678'
  const phone = await Passwordless.signInUp({ tenantId: tenant, phoneNumber })
  await AccountLinking.createPrimaryUser(phone.recipeUserId)
  const mail = await Passwordless.signInUp({ tenantId: tenant, email: newEmail() })
  await AccountLinking.linkAccounts(mail.recipeUserId, other.id)
  like(await Passwordless.updateUser({ recipeUserId: mail.recipeUserId, phoneNumber }), { status: 'PHONE_NUMBER_CHANGE_NOT_ALLOWED_ERROR' })
  like(await Passwordless.updateUser({ recipeUserId: mail.recipeUserId, email }), { status: 'EMAIL_CHANGE_NOT_ALLOWED_ERROR' })

  const elsewhere = await newTenant()
  const there = await EmailPassword.signUp(elsewhere, email, 'correct horse 1')
  await AccountLinking.createPrimaryUser(there.recipeUserId)
  const login2 = await google(email)
  await AccountLinking.linkAccounts(login2.recipeUserId, (await SuperTokens.getUser(recipeUserId.getAsString())).id)
  like(await Multitenancy.associateUserToTenant(elsewhere, login2.recipeUserId), { status: 'ASSOCIATION_NOT_ALLOWED_ERROR' })
})

test('what the SDK decides', async () => {
  const { email, id, recipeUserId } = await newUser()
  assert.equal((await AccountLinking.createPrimaryUserIdOrLinkAccounts(tenant, recipeUserId)).id, id)
  assert.equal(await AccountLinking.getPrimaryUserThatCanBeLinkedToRecipeUserId(tenant, recipeUserId), undefined)
  assert.equal(await AccountLinking.isSignUpAllowed(tenant, { recipeId: 'emailpassword', email: newEmail() }, true), true)
  assert.equal(await AccountLinking.isSignInAllowed(tenant, recipeUserId), true)
  assert.equal(await AccountLinking.isEmailChangeAllowed(recipeUserId, newEmail(), true), true)
  await AccountLinking.createPrimaryUser(recipeUserId)
  const twin = await google(email)
  assert.equal((await AccountLinking.getPrimaryUserThatCanBeLinkedToRecipeUserId(tenant, twin.recipeUserId)).id, id)
})
