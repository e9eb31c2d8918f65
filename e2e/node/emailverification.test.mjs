import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EmailVerification, like, newUser, nobody, recipeUserID, sent, Session, tenant } from './sdk.mjs'

test('verify and unverify', async () => {
  const { email, recipeUserId } = await newUser()
  assert.equal(await EmailVerification.isEmailVerified(recipeUserId), false)
  const { status, token } = await EmailVerification.createEmailVerificationToken(tenant, recipeUserId)
  assert.equal(status, 'OK')
  const verified = await EmailVerification.verifyEmailUsingToken(tenant, token)
  assert.equal(verified.status, 'OK')
  assert.equal(verified.user.email, email)
  assert.equal(verified.user.recipeUserId.getAsString(), recipeUserId.getAsString())
  assert.deepEqual(await EmailVerification.verifyEmailUsingToken(tenant, token), { status: 'EMAIL_VERIFICATION_INVALID_TOKEN_ERROR' })
  assert.equal(await EmailVerification.isEmailVerified(recipeUserId, email), true)
  assert.equal(await EmailVerification.isEmailVerified(recipeUserId, 'other@example.com'), false)
  assert.deepEqual(await EmailVerification.createEmailVerificationToken(tenant, recipeUserId), { status: 'EMAIL_ALREADY_VERIFIED_ERROR' })
  like(await EmailVerification.createEmailVerificationLink(tenant, recipeUserId), { status: 'EMAIL_ALREADY_VERIFIED_ERROR' })
  assert.deepEqual(await EmailVerification.unverifyEmail(recipeUserId), { status: 'OK' })
  assert.deepEqual(await EmailVerification.unverifyEmail(recipeUserId), { status: 'OK' })
  assert.equal(await EmailVerification.isEmailVerified(recipeUserId), false)
})

test('links, mails and revocation', async () => {
  const { email, id, recipeUserId } = await newUser()
  const { link } = await EmailVerification.createEmailVerificationLink(tenant, recipeUserId)
  const token = new URL(link).searchParams.get('token')
  assert.deepEqual(await EmailVerification.revokeEmailVerificationTokens(tenant, recipeUserId), { status: 'OK' })
  like(await EmailVerification.verifyEmailUsingToken(tenant, token), { status: 'EMAIL_VERIFICATION_INVALID_TOKEN_ERROR' })
  assert.deepEqual(await EmailVerification.sendEmailVerificationEmail(tenant, id, recipeUserId), { status: 'OK' })
  like(sent.at(-1), { type: 'EMAIL_VERIFICATION' })
  await EmailVerification.sendEmail({ type: 'EMAIL_VERIFICATION', tenantId: tenant, emailVerifyLink: link, user: { id, email, recipeUserId } })
  assert.equal(sent.at(-1).emailVerifyLink, link)
  const inMail = new URL(sent.at(-2).emailVerifyLink).searchParams.get('token')
  like(await EmailVerification.verifyEmailUsingToken(tenant, inMail), { status: 'OK' })
})

test('somebody else', async () => {
  const stranger = recipeUserID(nobody)
  like(await EmailVerification.createEmailVerificationToken(tenant, stranger, 'a@example.com'), { status: 'OK' })
  await assert.rejects(EmailVerification.createEmailVerificationToken(tenant, stranger))
})

test('the claim', async () => {
  const { email, recipeUserId } = await newUser()
  const session = await Session.createNewSessionWithoutRequestResponse(tenant, recipeUserId)
  assert.equal(await session.getClaimValue(EmailVerification.EmailVerificationClaim), false)
  const { token } = await EmailVerification.createEmailVerificationToken(tenant, recipeUserId, email)
  await EmailVerification.verifyEmailUsingToken(tenant, token)
  await session.fetchAndSetClaim(EmailVerification.EmailVerificationClaim)
  assert.equal(await session.getClaimValue(EmailVerification.EmailVerificationClaim), true)
})
