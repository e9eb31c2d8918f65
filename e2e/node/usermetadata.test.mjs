import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nobody, UserMetadata } from './sdk.mjs'

test('metadata', async () => {
  const read = () => UserMetadata.getUserMetadata(nobody)
  assert.deepEqual(await read(), { status: 'OK', metadata: {} })
  const first = { a: { b: 1 }, list: [1.5, null, 'ä'], gone: true }
  assert.deepEqual(await UserMetadata.updateUserMetadata(nobody, first), { status: 'OK', metadata: first })
  const merged = { a: { c: 2 }, list: first.list }
  assert.deepEqual(await UserMetadata.updateUserMetadata(nobody, { a: { c: 2 }, gone: null }), { status: 'OK', metadata: merged })
  assert.deepEqual(await read(), { status: 'OK', metadata: merged })
  assert.deepEqual(await UserMetadata.clearUserMetadata(nobody), { status: 'OK' })
  assert.deepEqual(await UserMetadata.clearUserMetadata(nobody), { status: 'OK' })
  assert.deepEqual(await read(), { status: 'OK', metadata: {} })
  await assert.rejects(UserMetadata.updateUserMetadata(nobody, 'text'), /Field name 'metadataUpdate' is invalid in JSON input\n/)
})
