// examples/node-lambda: the function's exported handler, called with events of
// a REST API and of an HTTP API, on a Postern core.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as esbuild from 'esbuild'
import { password, someone, startCore } from './lib.mjs'

const website = 'https://example.com'
const api = 'https://abc.execute-api.eu-central-1.amazonaws.com'
const stage = '/dev'

/** What an API Gateway sends to a function, and how to read what it answers. */
const gateways = {
  'REST API': {
    event: ({ method, path, query = {}, headers, body }) => ({
      resource: '/{proxy+}', path, httpMethod: method, headers,
      multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, [v]])),
      queryStringParameters: query, requestContext: { stage: stage.slice(1), path: stage + path, httpMethod: method },
      body: body ?? null, isBase64Encoded: false,
    }),
    cookies: answer => answer.multiValueHeaders?.['Set-Cookie'] ?? [],
  },
  'HTTP API': {
    event: ({ method, path, query = {}, headers: { cookie, ...headers }, body }) => ({
      version: '2.0', routeKey: '$default', rawPath: stage + path, rawQueryString: new URLSearchParams(query).toString(),
      cookies: cookie ? cookie.split('; ') : undefined, headers, queryStringParameters: query,
      requestContext: { stage: stage.slice(1), http: { method, path: stage + path } }, body, isBase64Encoded: false,
    }),
    cookies: answer => answer.cookies ?? [],
  },
}

describe('examples/node-lambda', { timeout: 120_000 }, () => {
  let core, folder, handler

  before(async () => {
    core = await startCore()
    Object.assign(process.env, {
      CORE_URI: core.url, CORE_API_KEY: core.apiKey, API_DOMAIN: api, WEBSITE_DOMAIN: website, STAGE: stage,
      GOOGLE_ID: 'google-id', GOOGLE_SECRET: 'google-secret', GITHUB_ID: 'github-id', GITHUB_SECRET: 'github-secret',
      APPLE_ID: 'apple-id', APPLE_KEY_ID: 'key', APPLE_TEAM_ID: 'team',
      APPLE_PRIVATE_KEY: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
    })
    folder = await mkdtemp(path.join(tmpdir(), 'postern-lambda-'))
    const outfile = path.join(folder, 'index.cjs')
    await esbuild.build({
      entryPoints: [new URL('../examples/node-lambda/index.mjs', import.meta.url).pathname], bundle: true, platform: 'node',
      format: 'cjs', outfile, nodePaths: [new URL('node_modules', import.meta.url).pathname], logLevel: 'error',
    })
    ;({ handler } = createRequire(import.meta.url)(outfile))
  })
  after(async () => {
    await core?.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  for (const [name, gateway] of Object.entries(gateways)) {
    /** A browser on the website: it keeps the cookies that it is given. */
    const browser = () => {
      const jar = new Map()
      return async (method, path, body, query) => {
        const headers = { origin: website, 'content-type': 'application/json', rid: 'anti-csrf', 'st-auth-mode': 'cookie', 'fdi-version': '3.1' }
        const sent = [...jar].filter(([, c]) => (stage + path).startsWith(c.path)).map(([k, c]) => `${k}=${c.value}`)
        if (sent.length) headers.cookie = sent.join('; ')
        const answer = await handler(gateway.event({ method, path, query, headers, body: body && JSON.stringify(body) }), {})
        for (const line of gateway.cookies(answer)) {
          const [pair, ...attributes] = line.split('; ')
          const [key, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
          const at = attributes.find(a => a.startsWith('Path='))?.slice(5) ?? '/'
          if (value) jar.set(key, { value, path: at }); else jar.delete(key)
        }
        assert.equal(answer.headers['Access-Control-Allow-Origin'] ?? answer.headers['access-control-allow-origin'], website)
        return { ...answer, json: answer.body ? JSON.parse(answer.body) : undefined, jar }
      }
    }
    const form = email => ({ formFields: [{ id: 'email', value: email }, { id: 'password', value: password }] })

    test(`${name}: sign up, verified route, refresh, sign out, sign in`, async () => {
      const visit = browser()
      const email = someone()
      const { json: { status, user }, jar } = await visit('POST', '/auth/signup', form(email))
      assert.equal(status, 'OK')
      assert.equal(jar.get('sRefreshToken').path, '/dev/auth/session/refresh')
      assert.deepEqual((await visit('GET', '/user')).json, { userId: user.id })

      const before = jar.get('sAccessToken').value
      assert.equal((await visit('POST', '/auth/session/refresh')).statusCode, 200)
      assert.notEqual(jar.get('sAccessToken').value, before)
      assert.deepEqual((await visit('GET', '/user')).json, { userId: user.id })

      assert.equal((await visit('POST', '/auth/signout', {})).json.status, 'OK')
      assert.equal((await visit('GET', '/user')).statusCode, 401)
      assert.equal((await visit('POST', '/auth/signin', { formFields: [{ id: 'email', value: email }, { id: 'password', value: 'wrong horse 1' }] })).json.status, 'WRONG_CREDENTIALS_ERROR')
      assert.equal((await visit('POST', '/auth/signin', form(email))).json.user.id, user.id)
    })

    test(`${name}: the way to another provider`, async () => {
      const { json } = await browser()('GET', '/auth/authorisationurl', undefined,
        { thirdPartyId: 'github', redirectURIOnProviderDashboard: website + '/auth/callback/github' })
      assert.equal(json.status, 'OK')
      const url = new URL(json.urlWithQueryParams)
      assert.equal(url.origin + url.pathname, 'https://github.com/login/oauth/authorize')
      assert.equal(url.searchParams.get('client_id'), 'github-id')
    })

    test(`${name}: what the sign-in does not serve gets the handler's own answer`, async () => {
      const answer = await browser()('GET', '/elsewhere')
      assert.equal(answer.statusCode, 200)
      assert.equal(answer.json.hello, 'from the function')
    })

    test(`${name}: two warm requests never see each other's cookies`, async () => {
      const [ada, bob] = [browser(), browser()]
      const a = await ada('POST', '/auth/signup', form(someone()))
      const stranger = await browser()('GET', '/elsewhere')
      assert.deepEqual(gateway.cookies(stranger), [])
      const b = await bob('POST', '/auth/signup', form(someone()))
      const answers = await Promise.all([ada, bob, ada, bob].map(visit => visit('GET', '/user')))
      assert.deepEqual(answers.map(x => x.json.userId), [a, b, a, b].map(x => x.json.user.id))
      for (const answer of answers) assert.deepEqual(gateway.cookies(answer), [])
    })

    test(`${name}: preflight`, async () => {
      const answer = await handler(gateway.event({ method: 'OPTIONS', path: '/auth/signup', headers: { origin: website, 'access-control-request-method': 'POST' } }), {})
      assert.ok(answer.statusCode < 300)
      const headers = Object.fromEntries(Object.entries(answer.headers).map(([k, v]) => [k.toLowerCase(), v]))
      assert.equal(headers['access-control-allow-origin'], website)
      assert.equal(String(headers['access-control-allow-credentials']), 'true')
      for (const h of ['Content-Type', 'rid', 'fdi-version', 'anti-csrf', 'authorization', 'st-auth-mode']) {
        assert.ok(headers['access-control-allow-headers'].includes(h), h)
      }
    })
  }
})
