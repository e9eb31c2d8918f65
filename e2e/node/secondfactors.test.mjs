// MultiFactorAuth and TOTP.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { like, MultiFactorAuth, newUser, nobody, Session, tenant, TOTP } from './sdk.mjs'

/** The code of a secret some steps from now (RFC 6238). */
function codeOf(secret, steps = 0, period = 30) {
  const bits = [...secret].map(c => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / period) + steps))
  const mac = createHmac('sha1', key).update(counter).digest()
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1e6).padStart(6, '0')
}
const wrong = secret => ['000000', '111111', '222222', '333333'].find(c => ![-2, -1, 0, 1, 2].some(i => codeOf(secret, i) === c))

test('devices', async () => {
  const { email, id } = await newUser()
  const made = await TOTP.createDevice(id)
  like(made, { status: 'OK', deviceName: 'TOTP Device 0' })
  assert.ok(made.qrCodeString.includes(email), made.qrCodeString)
  assert.ok(made.qrCodeString.includes('secret=' + made.secret), made.qrCodeString)
  like(await TOTP.createDevice(id, undefined, 'phone', 1, 60), { status: 'OK', deviceName: 'phone' })
  assert.deepEqual(await TOTP.updateDevice(id, 'phone', 'TOTP Device 0'), { status: 'DEVICE_ALREADY_EXISTS_ERROR' })
  assert.deepEqual(await TOTP.updateDevice(id, 'phone', 'old phone'), { status: 'OK' })
  assert.deepEqual(await TOTP.updateDevice(id, 'phone', 'x'), { status: 'UNKNOWN_DEVICE_ERROR' })
  const { devices } = await TOTP.listDevices(id)
  assert.deepEqual(devices.find(d => d.name === 'old phone'), { name: 'old phone', period: 60, skew: 1, verified: false })
  assert.deepEqual(await TOTP.removeDevice(id, 'old phone'), { status: 'OK', didDeviceExist: true })
  assert.deepEqual(await TOTP.removeDevice(id, 'old phone'), { status: 'OK', didDeviceExist: false })
  assert.deepEqual(await TOTP.listDevices(nobody), { status: 'OK', devices: [] })
})

test('codes', async () => {
  const { id } = await newUser()
  const { deviceName, secret } = await TOTP.createDevice(id, 'me', undefined, 2)
  assert.deepEqual(await TOTP.verifyDevice(tenant, id, 'none', '123456'), { status: 'UNKNOWN_DEVICE_ERROR' })
  assert.deepEqual(await TOTP.verifyDevice(tenant, id, deviceName, wrong(secret)), {
    status: 'INVALID_TOTP_ERROR', currentNumberOfFailedAttempts: 1, maxNumberOfFailedAttempts: 5,
  })
  const code = codeOf(secret)
  assert.deepEqual(await TOTP.verifyDevice(tenant, id, deviceName, code), { status: 'OK', wasAlreadyVerified: false })
  assert.deepEqual(await TOTP.verifyDevice(tenant, id, deviceName, code), { status: 'OK', wasAlreadyVerified: true })
  like(await TOTP.createDevice(id, 'me', deviceName), { status: 'DEVICE_ALREADY_EXISTS_ERROR' })
  like(await TOTP.verifyTOTP(tenant, id, code), { status: 'INVALID_TOTP_ERROR' })
  assert.deepEqual(await TOTP.verifyTOTP(tenant, id, codeOf(secret, 1)), { status: 'OK' })
  assert.deepEqual(await TOTP.verifyTOTP(tenant, nobody, code), { status: 'UNKNOWN_USER_ID_ERROR' })
  for (let i = 1; i <= 5; i++) like(await TOTP.verifyTOTP(tenant, id, wrong(secret)), { status: 'INVALID_TOTP_ERROR', currentNumberOfFailedAttempts: i })
  const limit = await TOTP.verifyTOTP(tenant, id, codeOf(secret, -1))
  assert.equal(limit.status, 'LIMIT_REACHED_ERROR')
  assert.ok(limit.retryAfterMs > 890_000 && limit.retryAfterMs <= 900_000, `${limit.retryAfterMs}`)
})

test('factors', async () => {
  const { id, recipeUserId } = await newUser()
  const session = await Session.createNewSessionWithoutRequestResponse(tenant, recipeUserId)
  assert.deepEqual(await MultiFactorAuth.getRequiredSecondaryFactorsForUser(id), [])
  await MultiFactorAuth.addToRequiredSecondaryFactorsForUser(id, 'totp')
  assert.deepEqual(await MultiFactorAuth.getRequiredSecondaryFactorsForUser(id), ['totp'])
  assert.deepEqual(await MultiFactorAuth.getMFARequirementsForAuth(session), [{ oneOf: ['totp'] }])
  assert.ok((await MultiFactorAuth.getFactorsSetupForUser(id)).includes('emailpassword'))
  const { deviceName, secret } = await TOTP.createDevice(id)
  assert.ok(!(await MultiFactorAuth.getFactorsSetupForUser(id)).includes('totp'))
  await MultiFactorAuth.assertAllowedToSetupFactorElseThrowInvalidClaimError(session, 'totp')
  await TOTP.verifyDevice(tenant, id, deviceName, codeOf(secret))
  assert.ok((await MultiFactorAuth.getFactorsSetupForUser(id)).includes('totp'))
  await MultiFactorAuth.markFactorAsCompleteInSession(session, 'totp')
  const claim = await session.getClaimValue(MultiFactorAuth.MultiFactorAuthClaim)
  assert.ok(claim.c.totp > 0)
  await MultiFactorAuth.removeFromRequiredSecondaryFactorsForUser(id, 'totp')
  assert.deepEqual(await MultiFactorAuth.getRequiredSecondaryFactorsForUser(id), [])
})
