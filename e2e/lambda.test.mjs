// examples/lambda as it is deployed: its zip behind a local gateway, in a
// browser. Between invocations its process stands still, as on Lambda.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as esbuild from 'esbuild'
import {
  buildForLambda, doctor, expired, journeys, newID, password, setProviders, somebody, someone, startBrowser, startLambda, startProviders, startWebsite,
} from './lib.mjs'

const validity = 3 // seconds that an access token lives in these tests

/** The gateways: one value of the configuration is all that differs. */
const gateways = journeys([
  { name: 'REST API, stage /dev', stage: '/dev', args: ['--gateway', 'rest', '--stage', 'dev'] },
  { name: 'HTTP API, $default, CORS by the gateway', stage: '', args: ['--gateway', 'http'], gatewayCORS: true },
  { name: 'REST API, stage /prod', stage: '/prod', args: ['--gateway', 'rest', '--stage', 'prod'] },
  { name: 'HTTP API, stage /dev', stage: '/dev', args: ['--gateway', 'http', '--stage', 'dev'] },
  { name: 'function URL', stage: '', args: ['--gateway', 'url'] },
  { name: 'load balancer', stage: '', args: ['--gateway', 'alb-multi'] },
], 2)

describe('examples/lambda', { timeout: 600_000 }, () => {
  let folder, zip, website, browser, others

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'postern-lambda-'))
    zip = buildForLambda('build', 'examples/lambda', '--sqlite', '--out', path.join(folder, 'function.zip'))
    const bundle = await esbuild.build({
      entryPoints: [new URL('webjs-page.js', import.meta.url).pathname], bundle: true, write: false, format: 'iife',
    })
    website = await startWebsite(bundle.outputFiles[0].text)
    browser = await startBrowser()
    others = await startProviders(folder)
    await setProviders(withProviders(), others.providers)
  })
  after(async () => {
    await browser?.close()
    website?.stop()
    await others?.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  let databases = 0
  const start = (gateway, env, args = []) => startLambda(zip, {
    args: [...gateway.args, '--freeze', '--event', '{"postern":"prepare"}', ...args],
    env: {
      STAGE: gateway.stage, API_DOMAIN: '{origin}', CORE_URI: `sqlite:${folder}/${++databases}.db`,
      ACCESS_TOKEN_VALIDITY: `${validity}s`, ...env,
    },
  })

  const corsOf = gateway => gateway.gatewayCORS ? ['--cors-origin', website.url] : []

  /** A browser of its own on the website, whose SDK calls the function. */
  async function onWebsite(gateway, api) {
    const context = await browser.newContext()
    await context.addInitScript(settings => { localStorage.settings = settings },
      JSON.stringify({ api: api.origin, basePath: gateway.stage + '/auth', me: gateway.stage + '/user', mode: 'cookie' }))
    const page = await context.newPage()
    await page.goto(website.url)
    return { context, page }
  }

  for (const gateway of gateways) {
    test(`${gateway.name}: supertokens-web-js`, async t => {
      const api = await start(gateway, { WEBSITE_DOMAIN: website.url }, corsOf(gateway))
      assert.equal(api.url, api.origin + gateway.stage)
      t.after(() => api.stop())
      const { context, page } = await onWebsite(gateway, api)
      const email = someone()
      const me = () => page.evaluate(() => me())

      assert.equal((await me()).status, 401)
      const { status, user } = await page.evaluate(([e, p]) => st.EmailPassword.signUp(form(e, p)), [email, password])
      assert.equal(status, 'OK')
      assert.deepEqual(await me(), { status: 200, body: { userId: user.id } })
      const refresh = (await context.cookies(api.url + '/auth/session/refresh')).find(c => c.name === 'sRefreshToken')
      assert.equal(refresh.path, gateway.stage + '/auth/session/refresh')

      await expired(page)
      assert.deepEqual(await me(), { status: 200, body: { userId: user.id } })
      assert.ok((await page.evaluate(() => window.events)).includes('REFRESH_SESSION'))

      await page.evaluate(() => st.Session.signOut())
      assert.equal((await me()).status, 401)
      const wrong = await page.evaluate(e => st.EmailPassword.signIn(form(e, 'wrong horse 1')), email)
      assert.equal(wrong.status, 'WRONG_CREDENTIALS_ERROR')
      assert.equal((await page.evaluate(([e, p]) => st.EmailPassword.signIn(form(e, p)), [email, password])).user.id, user.id)
      const rest = await (await fetch(api.url + '/elsewhere')).json()
      assert.deepEqual(rest, { hello: 'from the function', path: '/elsewhere' })
      await context.close()
    })

    test(`${gateway.name}: the built-in pages`, async t => {
      const api = await start(gateway, {})
      t.after(() => api.stop())
      const context = await browser.newContext()
      const page = await context.newPage()
      const complaints = []
      page.on('console', m => { if (['error', 'warning'].includes(m.type()) && !/status of 4\d\d/.test(m.text())) complaints.push(m.text()) })
      page.on('response', r => { if (r.url().includes('/assets/') && r.status() !== 200) complaints.push(`${r.url()}: ${r.status()}`) })
      const heading = name => page.getByRole('heading', { level: 1, name }).waitFor()
      const send = async (values, button) => {
        for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value)
        await page.getByRole('button', { name: button }).click()
      }
      const email = someone()

      await page.goto(api.url + '/auth')
      await heading('Sign in')
      await page.getByRole('link', { name: 'Create an account' }).click()
      await heading('Create your account')
      await send({ 'Email address': email, Password: 'onlyletters' }, 'Create account')
      await page.getByText('Password must contain at least one number').first().waitFor()
      await send({ Password: password }, 'Create account')
      await page.getByText('from the function').waitFor()
      assert.equal(page.url(), api.url + '/')

      await page.goto(api.url + '/auth')
      await page.getByText(email).first().waitFor()
      if (process.env.PICTURES && gateway.stage === '/dev') await page.screenshot({ path: path.join(process.env.PICTURES, 'lambda-local.png') })
      // The page keeps its session alive.
      await page.waitForResponse(r => r.url() === api.url + '/auth/session/refresh' && r.status() === 200)
      await page.goto(api.url + '/user')
      await page.getByText('userId').waitFor()

      await page.goto(api.url + '/auth')
      await send({}, 'Sign out')
      await page.getByText('You are signed out.').waitFor()
      await send({ 'Email address': email, Password: 'wrong horse 1' }, 'Sign in')
      await page.getByText('The email address or the password is not right.').waitFor()
      await send({ 'Email address': email, Password: password }, 'Sign in')
      await page.getByText('from the function').waitFor()
      assert.deepEqual(complaints, [])
      await context.close()
    })
  }

  // Where the providers are is in the database; who this app is at them, in the
  // variables. They are on this machine, which the function has to be allowed,
  // and are believed as those that they stand in for.
  const withProviders = () => `sqlite:${folder}/providers.db`
  const startWithProviders = (gateway, env, args) =>
    start(gateway, { CORE_URI: withProviders(), PROVIDER_NETWORKS: '127.0.0.0/8', TRUSTED_TENANTS: 'public', ACCESS_TOKEN_VALIDITY: '1h', ...others.variables, ...env }, args)

  /** Waits for the form that Apple has the browser send. */
  const appleForm = (page, api) => page.waitForRequest(r => r.method() === 'POST' && r.url() === api.url + '/auth/callback/apple')

  test('a provider of which a variable is missing', async () => {
    await assert.rejects(start(gateways[0], { APPLE_ID: 'x', APPLE_KEY_ID: 'x', APPLE_TEAM_ID: 'x' }), /APPLE_PRIVATE_KEY: is missing; apple needs it/)
  })

  for (const gateway of gateways) {
    test(`${gateway.name}: supertokens-web-js with Google and Apple`, async t => {
      const api = await startWithProviders(gateway, { WEBSITE_DOMAIN: website.url }, corsOf(gateway))
      t.after(() => api.stop())
      const { context, page } = await onWebsite(gateway, api)
      const email = someone()
      const signIn = async (id, atProvider = {}) => {
        const callback = `${website.url}/auth/callback/${id}`
        const url = await page.evaluate(way => st.ThirdParty.getAuthorisationURLWithQueryParamsAndSetState(way),
          { thirdPartyId: id, frontendRedirectURI: callback, ...atProvider })
        await page.goto(url)
        await somebody(newID(), email)(page)
        await page.waitForURL(to => to.href.startsWith(callback))
        const { status, user } = await page.evaluate(() => st.ThirdParty.signInAndUp())
        assert.equal(status, 'OK')
        assert.deepEqual(await page.evaluate(() => me()), { status: 200, body: { userId: user.id } })
        await page.evaluate(() => st.Session.signOut())
        return user.id
      }
      const id = await signIn('google')
      const form = appleForm(page, api)
      assert.equal(await signIn('apple', { redirectURIOnProviderDashboard: api.url + '/auth/callback/apple' }), id)
      await form
      await context.close()
    })

    test(`${gateway.name}: the built-in pages with Google, GitHub and Apple`, async t => {
      const api = await startWithProviders(gateway, {})
      t.after(() => api.stop())
      const said = doctor(api.url + '/auth')
      for (const id of ['google', 'github', 'apple']) assert.ok(said.includes(`${api.url}/auth/callback/${id}\n`), said)
      const context = await browser.newContext()
      const page = await context.newPage()
      const email = someone()
      const signIn = async name => {
        await page.goto(api.url + '/auth')
        await page.getByRole('link', { name: `Continue with ${name}` }).click()
        await page.getByRole('heading', { name: /Stand-in for/ }).waitFor()
        assert.equal(new URL(page.url()).searchParams.get('redirect_uri'), `${api.url}/auth/callback/${name.toLowerCase()}`)
        await somebody(newID(), email)(page)
        await page.getByText('from the function').waitFor()
        assert.equal(page.url(), api.url + '/')
        await page.goto(api.url + '/user')
        const { userId } = JSON.parse(await page.locator('body').textContent())
        await page.goto(api.url + '/auth')
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.getByText('You are signed out.').waitFor()
        return userId
      }
      const id = await signIn('Google')
      assert.equal(await signIn('GitHub'), id) // the same proved address
      const form = appleForm(page, api)
      assert.equal(await signIn('Apple'), id)
      assert.match((await form).headers()['content-type'], /x-www-form-urlencoded/)
      await context.close()
    })
  }
})
