// The ecosystem's backend SDK for Python, unchanged, on a Postern core. It is in
// e2e/.venv, where scripts/browser-tests installs it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startCore } from './lib.mjs'

const here = new URL('.', import.meta.url).pathname
const python = here + '.venv/bin/python'
const skip = existsSync(here + '.venv/complete') ? false : 'the SDK is not installed; scripts/browser-tests does it'

test('Python', { timeout: 100_000, skip }, async t => {
  const core = await startCore()
  try {
    const env = { ...process.env, CORE_URL: core.url, CORE_KEY: core.apiKey, PYTHONDONTWRITEBYTECODE: '1' }
    const { stderr } = await promisify(execFile)(python, [here + 'python/test_core.py'], { env, timeout: 60_000 })
      .catch(error => assert.fail(`${error.stderr}\n${core.log()}`))
    t.diagnostic(stderr.match(/Ran .*/)?.[0] ?? 'nothing ran')
    assert.match(stderr, /Ran [1-9]/)
  } finally {
    await core.stop()
  }
})
