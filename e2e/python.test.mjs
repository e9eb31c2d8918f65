// The ecosystem's backend SDK for Python, unchanged, on a Postern core. It is
// installed once, in e2e/.venv.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startCore } from './lib.mjs'

const sdk = 'supertokens-python==0.31.4'
const here = new URL('.', import.meta.url).pathname
const venv = here + '.venv', python = venv + '/bin/python', complete = `${venv}/${sdk}`
const run = promisify(execFile)

test('Python', { timeout: 300_000 }, async t => {
  const missing = await install()
  if (missing) return t.skip(missing)
  const core = await startCore()
  try {
    const env = { ...process.env, CORE_URL: core.url, CORE_KEY: core.apiKey, PYTHONDONTWRITEBYTECODE: '1' }
    const { stderr } = await run(python, [here + 'python/test_core.py'], { env, timeout: 60_000 })
      .catch(error => assert.fail(`${error.stderr}\n${core.log()}`))
    t.diagnostic(stderr.match(/Ran .*/)?.[0] ?? 'nothing ran')
    assert.match(stderr, /Ran [1-9]/)
  } finally {
    await core.stop()
  }
})

/** Installs the SDK unless it is there; returns why it cannot be. */
async function install() {
  if (existsSync(complete)) return
  console.error(`Python packages of the tests: ${sdk} into e2e/.venv`)
  await rm(venv, { recursive: true, force: true })
  try {
    await run('python3', ['-m', 'venv', venv])
  } catch {
    return 'python3 -m venv does not work here; apt-get install -y python3-venv'
  }
  try {
    await run(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', sdk], { timeout: 200_000 })
  } catch (error) {
    return `PyPI did not give ${sdk}: ${error.stderr?.trim().split('\n').at(-1) || error.message}`
  }
  await run('touch', [complete])
}
