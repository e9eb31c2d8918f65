import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EmailVerification, like, newEmail, newTenant, nobody, Passwordless, recipeUserID, sent, SuperTokens, tenant as tenantId } from './sdk.mjs'

let phones = 0
const newPhone = () => '+4930' + String(Date.now()).slice(-7) + ++phones
const wrong = code => code === '111111' ? '222222' : '111111'

test('sign up by code, sign in by link', async () => {
  const email = newEmail()
  const code = await Passwordless.createCode({ tenantId, email })
  like(code, { status: 'OK', codeLifetime: 900000 })
  assert.match(code.userInputCode, /^\d{6}$/)
  const { preAuthSessionId, deviceId, userInputCode } = code
  const checked = await Passwordless.checkCode({ tenantId, preAuthSessionId, deviceId, userInputCode })
  assert.deepEqual(checked, { status: 'OK', consumedDevice: { preAuthSessionId, failedCodeInputAttemptCount: 0, email } })
  const up = await Passwordless.consumeCode({ tenantId, preAuthSessionId, deviceId, userInputCode })
  like(up, { status: 'OK', createdNewRecipeUser: true, consumedDevice: { preAuthSessionId, failedCodeInputAttemptCount: 0, email } })
  assert.equal(await EmailVerification.isEmailVerified(up.recipeUserId), true)
  like(await Passwordless.consumeCode({ tenantId, preAuthSessionId, deviceId, userInputCode }), { status: 'RESTART_FLOW_ERROR' })

  const next = await Passwordless.createCode({ tenantId, email: email.toUpperCase() })
  const signedIn = await Passwordless.consumeCode({ tenantId, preAuthSessionId: next.preAuthSessionId, linkCode: next.linkCode })
  like(signedIn, { status: 'OK', createdNewRecipeUser: false })
  assert.equal(signedIn.user.id, up.user.id)
})

test('wrong codes', async () => {
  const { preAuthSessionId, deviceId, userInputCode } = await Passwordless.createCode({ tenantId, phoneNumber: newPhone(), userInputCode: '123456' })
  assert.equal(userInputCode, '123456')
  const mistake = { tenantId, preAuthSessionId, deviceId, userInputCode: wrong(userInputCode) }
  for (const [i, use] of [Passwordless.consumeCode, Passwordless.checkCode, Passwordless.consumeCode, Passwordless.consumeCode].entries()) {
    assert.deepEqual(await use(mistake), {
      status: 'INCORRECT_USER_INPUT_CODE_ERROR', failedCodeInputAttemptCount: i + 1, maximumCodeInputAttempts: 5,
    })
  }
  like(await Passwordless.consumeCode(mistake), { status: 'RESTART_FLOW_ERROR' })
  like(await Passwordless.consumeCode({ ...mistake, userInputCode }), { status: 'RESTART_FLOW_ERROR' })
  like(await Passwordless.consumeCode({ tenantId, preAuthSessionId: nobody, linkCode: 'nonsense' }), { status: 'RESTART_FLOW_ERROR' })
})

test('another code for a device, and lists', async () => {
  const email = newEmail(), phoneNumber = newPhone()
  const first = await Passwordless.createCode({ tenantId, email, userInputCode: '111111' })
  const { deviceId, preAuthSessionId } = first
  like(await Passwordless.createNewCodeForDevice({ tenantId, deviceId, userInputCode: '111111' }), { status: 'USER_INPUT_CODE_ALREADY_USED_ERROR' })
  const second = await Passwordless.createNewCodeForDevice({ tenantId, deviceId })
  like(second, { status: 'OK', preAuthSessionId, deviceId })
  await Passwordless.createCode({ tenantId, phoneNumber })
  const devices = [
    (await Passwordless.listCodesByEmail({ tenantId, email }))[0],
    await Passwordless.listCodesByDeviceId({ tenantId, deviceId }),
    await Passwordless.listCodesByPreAuthSessionId({ tenantId, preAuthSessionId }),
  ]
  for (const device of devices) {
    like(device, { preAuthSessionId, failedCodeInputAttemptCount: 0, email })
    assert.deepEqual(device.codes.map(c => c.codeId).sort(), [first.codeId, second.codeId].sort())
  }
  like((await Passwordless.listCodesByPhoneNumber({ tenantId, phoneNumber }))[0], { phoneNumber })

  assert.deepEqual(await Passwordless.revokeCode({ tenantId, codeId: first.codeId }), { status: 'OK' })
  assert.deepEqual((await Passwordless.listCodesByDeviceId({ tenantId, deviceId })).codes.map(c => c.codeId), [second.codeId])
  assert.deepEqual(await Passwordless.revokeCode({ tenantId, preAuthSessionId }), { status: 'OK' })
  assert.equal(await Passwordless.listCodesByDeviceId({ tenantId, deviceId }), undefined)
  like(await Passwordless.createNewCodeForDevice({ tenantId, deviceId }), { status: 'RESTART_FLOW_ERROR' })
  assert.deepEqual(await Passwordless.revokeAllCodes({ tenantId, phoneNumber }), { status: 'OK' })
  assert.deepEqual(await Passwordless.listCodesByPhoneNumber({ tenantId, phoneNumber }), [])
  assert.deepEqual(await Passwordless.revokeAllCodes({ tenantId, email }), { status: 'OK' })
})

test('update', async () => {
  const email = newEmail(), phoneNumber = newPhone()
  const { recipeUserId, user } = await Passwordless.signInUp({ tenantId, email })
  const other = await Passwordless.signInUp({ tenantId, phoneNumber })
  like(other, { status: 'OK', createdNewRecipeUser: true })
  const update = change => Passwordless.updateUser({ recipeUserId, ...change })
  assert.deepEqual(await update({ phoneNumber }), { status: 'PHONE_NUMBER_ALREADY_EXISTS_ERROR' })
  assert.deepEqual(await Passwordless.updateUser({ recipeUserId: other.recipeUserId, email }), { status: 'EMAIL_ALREADY_EXISTS_ERROR' })
  const mine = newPhone()
  assert.deepEqual(await update({ phoneNumber: mine, email: null }), { status: 'OK' })
  const now = await SuperTokens.getUser(user.id)
  assert.deepEqual([now.emails, now.phoneNumbers], [[], [mine]])
  await assert.rejects(update({ phoneNumber: null }), /You cannot clear both email and phone number of a user\n/)
  assert.deepEqual(await Passwordless.updateUser({ recipeUserId: recipeUserID(nobody), email: newEmail() }), { status: 'UNKNOWN_USER_ID_ERROR' })
})

test('links, mails and messages', async () => {
  const email = newEmail(), elsewhere = await newTenant()
  const link = new URL(await Passwordless.createMagicLink({ tenantId: elsewhere, email }))
  const preAuthSessionId = link.searchParams.get('preAuthSessionId'), linkCode = link.hash.slice(1)
  like(await Passwordless.consumeCode({ tenantId, preAuthSessionId, linkCode }), { status: 'RESTART_FLOW_ERROR' })
  like(await Passwordless.consumeCode({ tenantId: elsewhere, preAuthSessionId, linkCode }), { status: 'OK' })
  const message = { type: 'PASSWORDLESS_LOGIN', tenantId, isFirstFactor: true, codeLifetime: 1, preAuthSessionId }
  await Passwordless.sendEmail({ ...message, email })
  assert.equal(sent.at(-1).email, email)
  await Passwordless.sendSms({ ...message, phoneNumber: '+49301' })
  assert.equal(sent.at(-1).phoneNumber, '+49301')
})
