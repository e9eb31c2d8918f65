// The layer: examples/node-lambda as its zip would hold it, with no core server
// anywhere. Node's own runtime client builds native code when it is installed,
// for which a machine may lack the tools: lambda-loop.mjs stands for it, unless
// POSTERN_TEST_RIC is the path of the client (node_modules/.bin/aws-lambda-ric).
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as esbuild from 'esbuild'
import { binary, buildForLambda, password, someone, startBrowser, startLambda, startWebsite } from './lib.mjs'

const database = process.env.POSTERN_TEST_POSTGRES
const client = process.env.POSTERN_TEST_RIC ?? new URL('lambda-loop.mjs', import.meta.url).pathname
const skip = database ? false : 'POSTERN_TEST_POSTGRES is not set: a layer needs a database over the network'

/** A port on which nobody listens now. */
const freePort = () => new Promise(resolve => {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => resolve(port))
  })
})

describe('a function in Node with the layer', { timeout: 300_000, skip }, () => {
  let folder, layer, website, browser, core

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'postern-lambda-node-'))
    await mkdir(path.join(folder, 'code'))
    buildForLambda('layer', '--out', folder)
    layer = path.join(folder, `postern-layer-${process.arch === 'x64' ? 'amd64' : 'arm64'}.zip`)
    await esbuild.build({
      entryPoints: [new URL('../examples/node-lambda/index.mjs', import.meta.url).pathname], bundle: true, platform: 'node',
      format: 'cjs', outfile: path.join(folder, 'code', 'index.js'), nodePaths: [new URL('node_modules', import.meta.url).pathname], logLevel: 'error',
    })
    const bundle = await esbuild.build({
      entryPoints: [new URL('webjs-page.js', import.meta.url).pathname], bundle: true, write: false, format: 'iife',
    })
    website = await startWebsite(bundle.outputFiles[0].text)
    browser = await startBrowser()
    const { status, stderr } = spawnSync(binary, ['migrate', '--db', database], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    core = `127.0.0.1:${await freePort()}`
  })
  after(async () => {
    await browser?.close()
    website?.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  for (const [name, stage, gateway] of [['REST API', '/dev', 'rest'], ['HTTP API', '/prod', 'http']]) {
    test(`${name}, stage ${stage}: sign up, refresh, sign out, sign in`, async t => {
      const api = await startLambda(path.join(folder, 'code'), {
        args: ['--gateway', gateway, '--stage', stage.slice(1), '--layer', layer, '--freeze',
          '--command', `node ${client} index.handler`],
        env: {
          POSTERN_DB: database, POSTERN_ADDR: core, CORE_URI: `http://${core}`, API_DOMAIN: '{origin}', WEBSITE_DOMAIN: website.url, STAGE: stage,
          GOOGLE_ID: 'google-id', GOOGLE_SECRET: 'google-secret', GITHUB_ID: 'github-id', GITHUB_SECRET: 'github-secret',
          APPLE_ID: 'apple-id', APPLE_KEY_ID: 'key', APPLE_TEAM_ID: 'team',
          APPLE_PRIVATE_KEY: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
        },
      })
      t.after(() => api.stop())
      const context = await browser.newContext()
      await context.addInitScript(settings => { localStorage.settings = settings },
        JSON.stringify({ api: api.origin, basePath: stage + '/auth', me: stage + '/user', mode: 'cookie' }))
      const page = await context.newPage()
      await page.goto(website.url)
      const email = someone()
      const me = () => page.evaluate(() => me())

      const { status, user } = await page.evaluate(([e, p]) => st.EmailPassword.signUp(form(e, p)), [email, password])
      assert.equal(status, 'OK')
      assert.deepEqual(await me(), { status: 200, body: { userId: user.id } })
      assert.equal(await page.evaluate(() => st.Session.attemptRefreshingSession()), true)
      assert.deepEqual(await me(), { status: 200, body: { userId: user.id } })
      await page.evaluate(() => st.Session.signOut())
      assert.equal((await me()).status, 401)
      assert.equal((await page.evaluate(([e, p]) => st.EmailPassword.signIn(form(e, p)), [email, password])).user.id, user.id)
      await context.close()
    })
  }
})
