// The ecosystem's backend SDK for Node, unchanged, on a Postern core: every
// function that it exports. The SDK is a singleton, so the files of e2e/node run
// in a process of their own, one for each database.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { describe, test } from 'node:test'

const folder = new URL('node/', import.meta.url)
const suites = readdirSync(folder).filter(name => name.endsWith('.test.mjs'))
const databases = { SQLite: undefined, PostgreSQL: process.env.POSTERN_TEST_POSTGRES }

describe('supertokens-node', { timeout: 300_000, concurrency: true }, () => {
  for (const [name, database] of Object.entries(databases)) {
    const skip = name === 'PostgreSQL' && !database && 'POSTERN_TEST_POSTGRES is not set'
    test(name, { skip }, t => run(t, database))
  }
})

async function run(t, database = '') {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env // it is no part of this run
  const program = suites.map(suite => `import ${JSON.stringify(new URL(suite, folder))}`).join('\n')
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { env: { ...env, CORE_DATABASE: database } })
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => said.push(chunk))
  const [code] = await once(child, 'close')
  const text = Buffer.concat(said).toString()
  assert.equal(code, 0, text)
  t.diagnostic(text.match(/(tests|pass) \d+/g)?.join(', ') ?? 'nothing ran')
  assert.match(text, /pass [1-9]/)
}
