// The ecosystem's backend SDK for Node, unchanged, on a Postern core: every
// function that it exports. The SDK is a singleton, so each file of e2e/node
// runs in a process of its own, once for each database.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { describe, test } from 'node:test'

const folder = new URL('node/', import.meta.url).pathname
const suites = readdirSync(folder).filter(name => name.endsWith('.test.mjs'))
const databases = { SQLite: undefined, PostgreSQL: process.env.POSTERN_TEST_POSTGRES }

for (const [name, database] of Object.entries(databases)) {
  const skip = name === 'PostgreSQL' && !database && 'POSTERN_TEST_POSTGRES is not set'
  describe(name, { skip, timeout: 300_000 }, () => {
    for (const suite of suites) test(suite, () => run(folder + suite, database))
  })
}

async function run(file, database = '') {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env // it is no part of this run
  const child = spawn(process.execPath, ['--test', file], { env: { ...env, CORE_DATABASE: database } })
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => said.push(chunk))
  const [code] = await once(child, 'close')
  assert.equal(code, 0, Buffer.concat(said).toString())
}
