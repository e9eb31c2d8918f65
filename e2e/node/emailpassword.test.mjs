import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EmailPassword, like, newEmail, newTenant, newUser, nobody, password, recipeUserID, sent, Session, tenant } from './sdk.mjs'

test('sign up and sign in', async () => {
  const { email, id, recipeUserId, user } = await newUser()
  assert.equal(recipeUserId.getAsString(), id)
  assert.deepEqual(user.emails, [email])
  assert.deepEqual(user.tenantIds, ['public'])
  assert.equal(user.loginMethods[0].hasSameEmailAs(email.toUpperCase()), true)
  assert.deepEqual(await EmailPassword.signUp(tenant, ' ' + email.toUpperCase(), password), { status: 'EMAIL_ALREADY_EXISTS_ERROR' })
  like(await EmailPassword.signIn(tenant, email, password), { status: 'OK' })
  assert.deepEqual(await EmailPassword.signIn(tenant, email, 'wrong'), { status: 'WRONG_CREDENTIALS_ERROR' })
  assert.deepEqual(await EmailPassword.signIn(tenant, newEmail(), password), { status: 'WRONG_CREDENTIALS_ERROR' })
  assert.deepEqual(await EmailPassword.signIn(await newTenant(), email, password), { status: 'WRONG_CREDENTIALS_ERROR' })
  assert.deepEqual(await EmailPassword.verifyCredentials(tenant, email, password), { status: 'OK' })
  assert.deepEqual(await EmailPassword.verifyCredentials(tenant, email, 'wrong'), { status: 'WRONG_CREDENTIALS_ERROR' })
  await assert.rejects(EmailPassword.signIn('nowhere', email, password), /status code: 400 and message: AppId or tenantId not found => Tenant/)
})

test('sign in with a session', async () => {
  const { email, recipeUserId } = await newUser()
  const session = await Session.createNewSessionWithoutRequestResponse(tenant, recipeUserId)
  like(await EmailPassword.signIn(tenant, email, password, session), { status: 'OK' })
})

test('reset the password', async () => {
  const { email, id } = await newUser()
  assert.deepEqual(await EmailPassword.createResetPasswordToken(tenant, nobody, email), { status: 'UNKNOWN_USER_ID_ERROR' })
  let { token } = await EmailPassword.createResetPasswordToken(tenant, id, email)
  assert.deepEqual(await EmailPassword.consumePasswordResetToken(tenant, token), { status: 'OK', userId: id, email })
  assert.deepEqual(await EmailPassword.consumePasswordResetToken(tenant, token), { status: 'RESET_PASSWORD_INVALID_TOKEN_ERROR' })
  ;({ token } = await EmailPassword.createResetPasswordToken(tenant, id, email))
  like(await EmailPassword.resetPasswordUsingToken(tenant, token, 'another horse 2'), { status: 'OK' })
  like(await EmailPassword.resetPasswordUsingToken(tenant, token, 'another horse 2'), { status: 'RESET_PASSWORD_INVALID_TOKEN_ERROR' })
  like(await EmailPassword.signIn(tenant, email, 'another horse 2'), { status: 'OK' })
  ;({ token } = await EmailPassword.createResetPasswordToken(tenant, id, email))
  like(await EmailPassword.resetPasswordUsingToken(tenant, token, 'x'), { status: 'PASSWORD_POLICY_VIOLATED_ERROR' })
})

test('reset links', async () => {
  const { email, id } = await newUser()
  const { link } = await EmailPassword.createResetPasswordLink(tenant, id, email)
  assert.match(link, /^https:\/\/example\.com\/auth\/reset-password\?token=/)
  like(await EmailPassword.createResetPasswordLink(tenant, nobody, email), { status: 'UNKNOWN_USER_ID_ERROR' })
  like(await EmailPassword.sendResetPasswordEmail(tenant, id, email), { status: 'OK' })
  like(await EmailPassword.sendResetPasswordEmail(tenant, nobody, email), { status: 'UNKNOWN_USER_ID_ERROR' })
  like(sent.at(-1), { type: 'PASSWORD_RESET' })
  await EmailPassword.sendEmail({ type: 'PASSWORD_RESET', tenantId: tenant, passwordResetLink: link, user: { id, email } })
  assert.equal(sent.at(-1).passwordResetLink, link)
})

test('update email or password', async () => {
  const { email, recipeUserId } = await newUser()
  const other = await newUser(), next = newEmail()
  const update = change => EmailPassword.updateEmailOrPassword({ recipeUserId, ...change })
  assert.deepEqual(await update({ email: next, password: 'another horse 2' }), { status: 'OK' })
  like(await EmailPassword.signIn(tenant, next, 'another horse 2'), { status: 'OK' })
  like(await EmailPassword.signIn(tenant, email, password), { status: 'WRONG_CREDENTIALS_ERROR' })
  assert.deepEqual(await update({ email: other.email }), { status: 'EMAIL_ALREADY_EXISTS_ERROR' })
  like(await update({ password: 'short' }), { status: 'PASSWORD_POLICY_VIOLATED_ERROR' })
  assert.deepEqual(await update({ recipeUserId: recipeUserID(nobody), email: newEmail() }), { status: 'UNKNOWN_USER_ID_ERROR' })
})
