// supertokens-auth-react's pre-built UI, unchanged, against `postern dev`:
// every way in, and a second factor.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as esbuild from 'esbuild'
import { messageTo, newID, password, provider as as, somebody, someone, startBrowser, startPostern, startWebsite, totp } from './lib.mjs'

describe('supertokens-auth-react', { timeout: 300_000 }, () => {
  let website, browser, linking, separate

  before(async () => {
    const bundle = await esbuild.build({
      entryPoints: [new URL('authreact-page.jsx', import.meta.url).pathname], bundle: true, write: false, format: 'iife',
      minify: true, jsx: 'automatic', define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    })
    website = await startWebsite(bundle.outputFiles[0].text)
    linking = await startPostern('--no-limits', '--website', website.url)
    separate = await startPostern('--no-limits', '--no-linking', '--website', website.url)
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await linking?.stop()
    await separate?.stop()
    website?.stop()
  })

  /** A visitor of the website, whose backend is one or the other. */
  async function visitor(backend = linking) {
    const context = await browser.newContext()
    await context.addInitScript(api => { localStorage.api = api }, backend.url)
    const page = await context.newPage()
    const user = async () => {
      await page.locator('#user').waitFor()
      return page.locator('#user').textContent()
    }
    return {
      context, page, user,
      open: (path = '/auth') => page.goto(website.url + path),
      async withPassword(email, show = 'signin') {
        await page.goto(`${website.url}/auth?show=${show}`)
        await page.locator('input[name=email]').fill(email)
        const field = page.locator('input[name=password]')
        if (show === 'signin') await page.getByRole('button', { name: 'CONTINUE', exact: true }).click()
        await field.fill(password)
        await page.getByRole('button', { name: /^(SIGN UP|CONTINUE)$/ }).click()
      },
      async withoutPassword(contact) {
        await page.goto(website.url + '/auth')
        await page.locator('input[name=email]').waitFor()
        if (contact.includes('@')) {
          await page.locator('input[name=email]').fill(contact)
          await page.getByRole('button', { name: 'CONTINUE', exact: true }).click()
          await page.getByText('Continue with passwordless').click()
        } else {
          await page.getByText('Use a Phone number').click()
          await page.locator('input[type=tel]').fill(contact)
          await page.getByRole('button', { name: 'CONTINUE', exact: true }).click()
        }
        await page.locator('input[name=userInputCode]').waitFor()
      },
      async atProvider(name, choice) {
        await page.getByText(`Continue with ${name}`).click()
        await page.getByRole('heading', { name: /Stand-in for/ }).waitFor()
        await choice(page)
      },
    }
  }

  test('email and password: sign up, sign out, sign in', async () => {
    const { page, context, user, withPassword } = await visitor()
    const email = someone()
    await withPassword(email, 'signup')
    const id = await user()
    assert.match(id, /^[0-9a-f-]{36}$/)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.locator('input').first().waitFor()
    await withPassword(email)
    assert.equal(await user(), id)
    await context.close()
  })

  for (const provider of ['Google', 'Github', 'Apple']) {
    test(`sign in with ${provider}`, async () => {
      const who = [newID(), someone()]
      const first = await visitor()
      await first.open()
      await first.atProvider(provider, somebody(...who))
      const id = await first.user()
      await first.context.close()

      const again = await visitor()
      await again.open()
      await again.atProvider(provider, somebody(...who))
      assert.equal(await again.user(), id)
      await again.context.close()
    })

    test(`cancel at ${provider}`, async () => {
      const { page, context, open, atProvider } = await visitor()
      await open()
      await atProvider(provider, as('Cancel'))
      await page.waitForURL(url => url.href.startsWith(website.url))
      await page.getByText(/something went wrong|cancelled/i).first().waitFor()
      assert.equal(await page.locator('#user').count(), 0)
      await context.close()
    })
  }

  test('an error from the provider', async () => {
    const { page, context, open, atProvider } = await visitor()
    await open()
    await atProvider('Google', async page => {
      // A code that nobody gave out comes back.
      const back = new URL(page.url()).searchParams
      await page.goto(`${back.get('redirect_uri')}?code=made-up&state=${encodeURIComponent(back.get('state'))}`)
    })
    await page.getByText('The sign-in with Google was not accepted. Please try again.').waitFor()
    await context.close()
  })

  /** Signs in by Google, then by GitHub as somebody with the same address, who is still there. */
  async function sameAddress(backend, proved) {
    const email = someone()
    const first = await visitor(backend)
    await first.open()
    await first.atProvider('Google', somebody(newID(), email))
    const id = await first.user()
    await first.context.close()
    const second = await visitor(backend)
    await second.open()
    await second.atProvider('Github', somebody(newID(), email, proved))
    return { id, second }
  }

  test('the same address, proved: one person where logins are linked, two where not', async () => {
    for (const [backend, same] of [[linking, true], [separate, false]]) {
      const { id, second } = await sameAddress(backend, true)
      assert.equal(await second.user() === id, same)
      await second.context.close()
    }
  })

  test('the same address, not proved: refused where logins are linked, another person where not', async () => {
    for (const backend of [linking, separate]) {
      const { id, second } = await sameAddress(backend, false)
      if (backend === linking) {
        await second.page.getByText('ERR_CODE_006').waitFor()
        assert.equal(await second.page.locator('#user').count(), 0)
      } else {
        assert.notEqual(await second.user(), id)
      }
      await second.context.close()
    }
  })

  test('passwordless by a code, to an address and to a phone', async () => {
    for (const contact of [someone(), `+1202555${String(Date.now()).slice(-4)}`]) {
      const { page, context, withoutPassword, user } = await visitor()
      await withoutPassword(contact)
      const sent = await messageTo(linking, contact)
      await page.locator('input[name=userInputCode]').fill(sent.match(/\b(\d{6})\b/)[1])
      await page.getByRole('button', { name: 'CONTINUE', exact: true }).click()
      assert.match(await user(), /^[0-9a-f-]{36}$/)
      await context.close()
    }
  })

  test('passwordless by a link, in the browser that asked for it', async () => {
    const { context, withoutPassword } = await visitor()
    const email = someone()
    await withoutPassword(email)
    const link = (await messageTo(linking, email)).match(/https?:\/\/[^\s"<]+#[^\s"<]+/)[0]
    const tab = await context.newPage()
    await tab.goto(link)
    await tab.locator('#user').waitFor()
    assert.match(await tab.locator('#user').textContent(), /^[0-9a-f-]{36}$/)
    await context.close()
  })

  test('a second factor by an app on a phone', async () => {
    const { page, context, user, withPassword } = await visitor()
    const email = someone()
    await withPassword(email, 'signup')
    const id = await user()
    await page.getByRole('button', { name: 'Set up a phone' }).click()
    await page.getByRole('button', { name: 'secret key' }).click()
    const base32 = (await page.locator('[data-supertokens~=deviceInfoSection]').textContent()).match(/[A-Z2-7]{32}/)[0]
    await page.locator('input[name=totp]').fill(totp(base32))
    await page.getByRole('button', { name: 'Continue', exact: true }).click()
    await user()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.locator('input').first().waitFor()
    await withPassword(email)
    await page.locator('input[name=totp]').fill('000000')
    await page.getByRole('button', { name: 'Continue', exact: true }).click()
    await page.getByText(/invalid totp|incorrect/i).first().waitFor()
    assert.equal(await page.locator('#user').count(), 0)
    await page.locator('input[name=totp]').fill(totp(base32, Date.now() + 30_000)) // the code of now was used
    await page.getByRole('button', { name: 'Continue', exact: true }).click()
    assert.equal(await user(), id)
    await context.close()
  })
})
