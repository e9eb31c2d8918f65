// The built-in pages in a real browser: every way in beside the password, a
// second factor, and the logins of an account.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import {
  complaintsOf, messageTo, newID, password, provider as as, somebody, someone, startBrowser, startPostern, totp,
} from './lib.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

describe('the sign-in pages', { timeout: 300_000 }, () => {
  let linking, separate, browser

  before(async () => {
    linking = await startPostern('--no-limits')
    separate = await startPostern('--no-limits', '--no-linking')
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await linking?.stop()
    await separate?.stop()
  })

  /** A visitor with a browser of their own, which must not complain. */
  async function visitor({ postern = linking, ...options } = {}) {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    const v = {
      page, context,
      open: (path = '') => page.goto(postern.url + '/auth' + path),
      see: name => page.getByRole('heading', { level: 1, name }).waitFor(),
      click: name => page.getByRole('button', { name, exact: true }).click(),
      follow: name => page.getByRole('link', { name, exact: true }).click(),
      async send(values, button) {
        for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value)
        await v.click(button)
      },
      /** Goes to a provider by a link, and does something there. */
      async at(link, choice) {
        await v.follow(link)
        await page.getByRole('heading', { name: /Stand-in for/ }).waitFor()
        await choice(page)
        if (options.javaScriptEnabled !== false) return
        // Without scripts there are buttons: at Apple, which sends a form, and
        // on the page that one comes back to.
        if (link.endsWith('Apple')) await v.click('Continue')
        await v.see('Signing you in')
        await v.click('Continue')
      },
      /** The user id, once somebody is signed in. */
      async user() {
        await v.see('You are signed in')
        return JSON.parse(await page.locator('pre').textContent()).sub
      },
      async signOut() {
        await v.open()
        await v.click('Sign out')
        await page.getByText('You are signed out.').waitFor()
      },
      async end() {
        assert.deepEqual(complaints, [])
        await context.close()
      },
    }
    return v
  }

  /** Somebody new, by a provider. */
  async function arrival(postern, name, id, email, verified = true) {
    const v = await visitor({ postern })
    await v.open()
    await v.at(`Continue with ${name}`, somebody(id, email, verified))
    return v
  }

  for (const name of ['Google', 'GitHub', 'Apple']) {
    for (const [how, options] of [['', {}], [' without JavaScript', { javaScriptEnabled: false }]]) {
      test(`sign in with ${name}${how}`, async () => {
        const who = [newID(), someone()]
        const v = await visitor(options)
        await v.open('?redirectToPath=%2F%3Ffrom%3Dhere')
        await v.at(`Continue with ${name}`, somebody(...who))
        const id = await v.user()
        assert.equal(new URL(v.page.url()).search, '?from=here')
        await v.signOut()
        await v.at(`Continue with ${name}`, somebody(...who))
        assert.equal(await v.user(), id)
        await v.end()
      })
    }

    test(`cancel at ${name}`, async () => {
      const v = await visitor()
      await v.open()
      await v.at(`Continue with ${name}`, as('Cancel'))
      await v.page.getByRole('alert').waitFor()
      await v.see('Sign in')
      await v.end()
    })
  }

  test('a sign-in that this browser has not begun', async () => {
    const v = await visitor()
    await v.open('/callback/google?code=stolen&state=made-up')
    await v.see('This sign-in cannot be finished')
    await v.end()
  })

  test('an error from the provider', async () => {
    const v = await visitor()
    await v.open()
    await v.at('Continue with Google', async page => {
      const back = new URL(page.url()).searchParams
      await page.goto(`${back.get('redirect_uri')}?code=made-up&state=${encodeURIComponent(back.get('state'))}`)
    })
    await v.page.getByText('The sign-in with Google was not accepted. Please try again.').waitFor()
    await v.end()
  })

  test('the same address, proved: one person where logins are linked, two where not', async () => {
    for (const [postern, same] of [[linking, true], [separate, false]]) {
      const email = someone()
      const first = await arrival(postern, 'Google', newID(), email)
      const second = await arrival(postern, 'GitHub', newID(), email)
      assert.equal(await second.user() === await first.user(), same)
      await first.end()
      await second.end()
    }
  })

  test('the same address, not proved: the login can be added after signing in', async () => {
    const [email, google, github] = [someone(), newID(), newID()]
    const owner = await arrival(linking, 'Google', google, email)
    const id = await owner.user()
    await owner.end()
    const v = await arrival(linking, 'GitHub', github, email, false)
    await v.page.getByRole('alert').getByText('ERR_CODE_006').waitFor()
    await v.page.getByText('sign in to it here, and add this login afterwards').waitFor()
    await v.at('Continue with Google', somebody(google, email))
    await v.see('How you sign in')
    await v.at('Add GitHub', somebody(github, email, false))
    await v.page.getByText('The login is added to your account.').waitFor()
    assert.equal(await v.page.getByRole('link', { name: 'Add GitHub' }).count(), 0)
    await v.send({ 'New password': password }, 'Add a password')
    await v.page.getByText('The login is added to your account.').waitFor()
    await v.signOut()
    await v.at('Continue with GitHub', somebody(github, email, false))
    assert.equal(await v.user(), id)
    await v.signOut()
    await v.send({ 'Email address': email, Password: password }, 'Sign in')
    assert.equal(await v.user(), id)
    await v.end()
  })

  test('where logins are not linked, none is offered', async () => {
    const v = await arrival(separate, 'Google', newID(), someone())
    await v.user()
    await v.open('/logins')
    await v.see('How you sign in')
    assert.equal(await v.page.getByRole('link', { name: /^Add/ }).count(), 0)
    await v.end()
  })

  for (const [how, options] of [['', {}], [' without JavaScript', { javaScriptEnabled: false }]]) {
    test(`a code by mail or message${how}`, async () => {
      for (const contact of [someone(), `+1202555${String(newID()).slice(-4)}`]) {
        const v = await visitor(options)
        await v.open()
        await v.follow('Sign in with a code instead')
        await v.send({ 'Email address or phone number': contact }, 'Send a code')
        await v.see('Enter your code')
        await v.send({ Code: '000 000' }, 'Sign in')
        await v.page.getByRole('alert').getByText('This code is not right').waitFor()
        const sent = (await messageTo(linking, contact)).match(/\b(\d{6})\b/)[1]
        await v.click('Send a new code')
        await v.page.getByText('A new code is on its way.').waitFor()
        await v.send({ Code: sent }, 'Sign in') // the code from before still serves
        assert.match(await v.user(), /^[0-9a-f-]{36}$/)
        await v.end()
      }
    })
  }

  test('a link by mail, in this browser and in another', async () => {
    for (const another of [false, true]) {
      const email = someone()
      const v = await visitor()
      await v.open('?show=code')
      await v.send({ 'Email address or phone number': email }, 'Send a code')
      await v.see('Enter your code')
      const link = (await messageTo(linking, email)).match(/https?:\/\/[^\s"<]+#[^\s"<]+/)[0]
      const reader = another ? await visitor() : v
      await reader.page.goto(link)
      await reader.see('Sign in to Postern')
      assert.equal(new URL(reader.page.url()).hash, '', 'the secret stays in the address')
      await reader.click('Sign in')
      const id = await reader.user()
      await v.open()
      await v.page.getByText(another ? 'Forgot password?' : email).first().waitFor()
      assert.match(id, /^[0-9a-f-]{36}$/)
      if (another) await reader.end()
      await v.end()
    }
  })

  test('an authenticator app: set up, asked for, lost, removed', async () => {
    const v = await visitor({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' })
    const email = someone()
    await v.open('?show=signup')
    await v.send({ 'Email address': email, Password: password }, 'Create account')
    const id = await v.user()
    await v.open('/logins')
    await v.follow('Set up')
    await v.click('Set it up')
    await v.see('Scan this with your app')
    const secret = await v.page.locator('input[name=secret]').inputValue()
    await v.send({ Code: '000000' }, 'Confirm')
    await v.page.getByRole('alert').getByText('This code is not right').waitFor()
    assert.equal(await v.page.locator('input[name=secret]').inputValue(), secret, 'the key changes with a wrong code')
    await v.send({ Code: totp(secret) }, 'Confirm')
    await v.see('Write these codes down')
    const recovery = await v.page.locator('.codes li').allTextContents()
    assert.equal(recovery.length, 10)
    await v.follow('I have them')
    await v.user()

    const enter = async () => {
      await v.signOut()
      await v.send({ 'Email address': email, Password: password }, 'Sign in')
      await v.see('Enter the code')
    }
    await enter()
    await v.page.goto(linking.url + '/')
    assert.equal(await v.page.locator('pre').count(), 0, 'a page of the app opens before the second factor')
    await v.open()
    await v.send({ Code: totp(secret, Date.now() + 30_000) }, 'Continue') // the code of now was used
    assert.equal(await v.user(), id)

    await enter()
    await v.follow('I do not have my phone')
    await v.send({ 'Recovery code': recovery[0].toUpperCase() }, 'Continue')
    assert.equal(await v.user(), id)
    await enter()
    await v.follow('I do not have my phone')
    await v.send({ 'Recovery code': recovery[0] }, 'Continue')
    await v.page.getByRole('alert').getByText('This code is not right').waitFor()
    await v.send({ 'Recovery code': recovery[1] }, 'Continue')
    await v.user()
    await v.open('/logins')
    await v.click('Remove the authenticator app')
    await v.page.getByText('The authenticator app is removed.').waitFor()
    await v.signOut()
    await v.send({ 'Email address': email, Password: password }, 'Sign in')
    assert.equal(await v.user(), id)
    await v.end()
  })

  test('a second factor by the keyboard alone', async () => {
    const v = await visitor()
    await v.open('?show=signup')
    const type = async text => v.page.keyboard.type(text)
    await type(someone()) // the first field has the focus
    await v.page.keyboard.press('Tab')
    await type(password)
    await v.page.keyboard.press('Enter')
    await v.user()
    await v.open('/mfa/totp')
    await v.page.getByRole('button', { name: 'Set it up' }).focus()
    await v.page.keyboard.press('Enter')
    await v.see('Scan this with your app')
    await type(totp(await v.page.locator('input[name=secret]').inputValue()))
    await v.page.keyboard.press('Enter')
    await v.see('Write these codes down')
    await v.end()
  })

  test('axe finds nothing, in light and dark', async () => {
    for (const colorScheme of ['light', 'dark']) {
      const v = await visitor({ colorScheme, bypassCSP: true })
      const check = async what => {
        await v.page.evaluate(axe)
        const { violations } = await v.page.evaluate(() => window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
        assert.deepEqual(violations.map(f => `${f.id}: ${f.nodes.map(n => n.html).join(' ')}`), [], `${what}, ${colorScheme}`)
      }
      await v.open('?show=code')
      await check('asking for a code')
      const email = someone()
      await v.send({ 'Email address or phone number': email }, 'Send a code')
      await v.see('Enter your code')
      await check('the code')
      await v.send({ Code: '000000' }, 'Sign in')
      await v.page.getByRole('alert').waitFor()
      await check('a wrong code')
      await v.open('/verify?preAuthSessionId=x#y')
      await check('a link')
      await v.open('/callback/google?state=unknown')
      await v.see('This sign-in cannot be finished')
      await check('a lost sign-in')
      await v.open('/code')
      await v.send({ Code: (await messageTo(linking, email)).match(/\b(\d{6})\b/)[1] }, 'Sign in')
      await v.user()
      await v.open('/logins')
      await check('the logins')
      await v.open('/mfa/totp')
      await check('before setting up')
      await v.click('Set it up')
      await v.see('Scan this with your app')
      await check('setting up')
      const secret = await v.page.locator('input[name=secret]').inputValue()
      await v.send({ Code: totp(secret) }, 'Confirm')
      await v.see('Write these codes down')
      await check('the recovery codes')
      await v.open('/logins')
      await check('the logins with an app')
      await v.context.close()
    }
  })
})
