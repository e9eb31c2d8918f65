// What the tests share: the built binary on a free port over an empty file,
// Debian's Chromium, a website on a port of its own.
import { spawn, spawnSync } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'

const root = new URL('..', import.meta.url).pathname
export const binary = process.env.POSTERN ?? new URL('../bin/postern', import.meta.url).pathname

/** Starts `postern dev`; the result has its url and stop(). */
export const startPostern = (...args) => start('dev', undefined, args)

/**
 * Starts `postern serve`, a core, over a database of its own or the one that
 * is named; the result has its url, its apiKey and stop().
 */
export async function startCore({ database, args = [] } = {}) {
  const apiKey = randomUUID()
  return { ...await start('serve', database, ['--api-key', apiKey, ...args]), apiKey }
}

async function start(command, database, args) {
  const folder = await mkdtemp(path.join(tmpdir(), 'postern-e2e-'))
  const program = await run([command, '--addr', '127.0.0.1:0', '--db', database ?? `sqlite:${folder}/test.db`, ...args])
  return {
    ...program,
    async stop() {
      await program.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

// The settings of `postern serve` with which a password costs next to nothing.
const cheap = { ARGON2_ITERATIONS: '1', ARGON2_MEMORY_KB: '64' }

/** Runs a program until stop(); url is the first line that it prints. */
async function run(args, program = binary) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: root, env: { ...process.env, ...cheap } })
  const said = []
  child.stderr.on('data', chunk => said.push(chunk))
  const [url] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(() => { throw new Error(`${path.basename(program)} ended: ` + Buffer.concat(said)) }),
  ])
  return {
    url,
    log: () => Buffer.concat(said).toString(),
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

/** Builds something for Lambda, for this machine: build('layer', …). */
export function buildForLambda(what, ...args) {
  const arch = process.arch === 'x64' ? 'amd64' : 'arm64'
  const { status, stderr, stdout } = spawnSync(binary, ['lambda', what, ...args, '--arch', arch], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`lambda ${what}: ${stderr}`)
  return stdout.trim()
}

/**
 * Starts `postern lambda local`; the result has its url with the stage, its
 * origin, and stop(). env are the variables of the function.
 */
export async function startLambda(code, { args = [], env = {} } = {}) {
  const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const program = await run(['lambda', 'local', code, '--addr', '127.0.0.1:0', ...variables, ...args])
  return { ...program, origin: new URL(program.url).origin }
}

/**
 * Starts the stand-in for Google, GitHub and Apple as a process of its own; the
 * result has the variables of examples/lambda, the providers as a core keeps
 * them, and stop(). It is built in a folder.
 */
export async function startProviders(folder) {
  const program = path.join(folder, 'idp')
  const { status, stderr } = spawnSync('go', ['build', '-o', program, './e2e/idp'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const { url, stop } = await run([], program)
  return { ...JSON.parse(url), stop }
}

/** Sets providers for everybody in the database of a core. */
export async function setProviders(database, providers) {
  const core = await startCore({ database })
  for (const config of providers) {
    const answer = await fetch(core.url + '/recipe/multitenancy/config/thirdparty', {
      method: 'PUT', body: JSON.stringify({ config, skipValidation: true }),
      headers: { 'api-key': core.apiKey, 'cdi-version': '5.4', 'content-type': 'application/json' },
    })
    if (!answer.ok) throw new Error(await answer.text())
  }
  await core.stop()
}

/** Asks `postern doctor`; all that it says. */
export function doctor(...args) {
  const { stdout, stderr } = spawnSync(binary, ['doctor', ...args], { cwd: root, encoding: 'utf8' })
  return stdout + stderr
}

/** What a page complains of on the console, from now on. */
export function complaintsOf(page) {
  const complaints = []
  page.on('console', m => {
    // A refused sign-in is a 4xx, which Chromium reports as if it were a fault.
    if (['error', 'warning'].includes(m.type()) && !/status of 4\d\d/.test(m.text())) complaints.push(m.text())
  })
  page.on('pageerror', e => complaints.push(String(e)))
  return complaints
}

/** Chromium without anything that would call out. */
export const browserOptions = {
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
}

/** A browser: that of run.mjs, or one of this file's own. Its contexts know nothing of each other. */
export const startBrowser = () =>
  process.env.BROWSER ? chromium.connect(process.env.BROWSER) : chromium.launch(browserOptions)

/** Serves one page with one script at every path, like a single-page app. */
export async function startWebsite(script, styles = '') {
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Website</title>
    <link rel="icon" href="data:,"><div id="root"></div><script src="/bundle.js"></script></html>`
  const server = http.createServer((req, res) => {
    const isScript = req.url === '/bundle.js'
    res.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    res.end(isScript ? server.script : page)
  })
  server.script = script
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${server.address().port}`, stop: () => { server.closeAllConnections(); server.close() } }
}

/** Returns the newest link in the outbox that contains a text. */
export async function mailedLink(postern, part) {
  for (let i = 0; i < 50; i++) {
    const html = await (await fetch(postern.url + '/auth/outbox')).text()
    const link = html.match(new RegExp(`https?://[^\\s"'<>]*${part}[^\\s"'<>]*`))
    if (link) return link[0].replaceAll('&amp;', '&').replaceAll('&#43;', '+')
    await pause(100)
  }
  throw new Error(`no mail with ${part}`)
}

const pause = ms => new Promise(done => setTimeout(done, ms))

/** When the access token of a page with supertokens-web-js expires, in ms. */
export const expiry = page => page.evaluate(async () => (await st.Session.getAccessTokenPayloadSecurely()).exp * 1000)

/** Waits until a time has passed, and no longer. */
export const passed = time => pause(time - Date.now() + 100)

/** Waits until the access token of such a page has expired. */
export const expired = async page => passed(await expiry(page))

/** The access token in the cookies of a browser. */
export const accessToken = async context => (await context.cookies()).find(c => c.name === 'sAccessToken')?.value

/** When it expires, in ms. */
export const expiryOf = token => JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).exp * 1000

/** Waits until something is true. */
export async function until(what, isTrue) {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await pause(50)) {
    if (await isTrue()) return
  }
  throw new Error('in vain: ' + what)
}

/**
 * Of many journeys that are alike, `make test` goes the first n, and `make
 * check` the rest as well. Who runs a file alone goes all of them.
 */
export function journeys(all, n) {
  const which = process.env.POSTERN_TEST_JOURNEYS
  return which === 'first' ? all.slice(0, n) : which === 'rest' ? all.slice(n) : all
}

let counter = 0
/** An address nobody has used yet. */
export const someone = () => `person-${Date.now()}-${++counter}@example.com`
export const password = 'correct horse 1'

let ids = Date.now() % 1e9
/** A user id that no provider has given out yet. */
export const newID = () => String(++ids)

/** On the page of a stand-in for a provider: clicks on somebody, or on Cancel. */
export const provider = name => page => page.getByRole('button', { name }).click()

/** The same, as somebody the provider has not seen yet. */
export const somebody = (id, email, verified = true) => async page => {
  await page.getByText('Somebody else').click()
  await page.getByLabel('User id').fill(id)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('the address is confirmed').setChecked(verified)
  await page.getByRole('button', { name: 'Continue' }).click()
}

/** Returns the newest mail or message to somebody. */
export async function messageTo(postern, contact) {
  for (let i = 0; i < 50; i++) {
    const html = (await (await fetch(postern.url + '/auth/outbox')).text()).replaceAll('&#43;', '+').replaceAll('&amp;', '&')
    const letter = html.split('<article').find(part => part.includes(contact))
    if (letter) return letter
    await pause(100)
  }
  throw new Error('nothing was sent to ' + contact)
}

/** The code that a phone shows (RFC 6238). */
export function totp(secret, at = Date.now()) {
  const bits = [...secret].map(c => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map(b => parseInt(b, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const mac = createHmac('sha1', key).update(step).digest()
  const offset = mac[19] & 15
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
