// The built-in pages in a real browser: a person's whole story with the mouse,
// with the keyboard only, and without JavaScript; looked over by axe.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import {
  accessToken, complaintsOf, expiryOf, mailedLink, passed, password, someone, startBrowser, startPostern, until,
} from './lib.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

describe('the sign-in pages', { timeout: 180_000 }, () => {
  let postern, brief, browser

  before(async () => {
    postern = await startPostern('--no-limits')
    brief = await startPostern('--no-limits', '--access-token-validity', '3s')
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await postern?.stop()
    await brief?.stop()
  })

  /** A visitor whose browser must not complain about anything. */
  async function visitor(options = {}) {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    return { page, context, complaints: complaintsOf(page) }
  }

  /** Fills in a form and sends it, as a person with a mouse would. */
  const byMouse = {
    async send(page, values, button) {
      for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value)
      await page.getByRole('button', { name: button }).click()
    },
    follow: (page, name) => page.getByRole('link', { name }).click(),
  }

  /** The same by Tab, Enter and typing alone. */
  const byKeyboard = {
    async reach(page, target) {
      await target.waitFor()
      for (let i = 0; i < 30; i++) {
        if (await target.evaluate(e => e === document.activeElement)) return
        await page.keyboard.press('Tab')
      }
      throw new Error('not reached by Tab: ' + target)
    },
    async send(page, values, button) {
      for (const [label, value] of Object.entries(values)) {
        await this.reach(page, page.getByLabel(label, { exact: true }))
        await page.keyboard.press('Control+A')
        await page.keyboard.type(value)
      }
      await this.reach(page, page.getByRole('button', { name: button }))
      await page.keyboard.press('Enter')
    },
    async follow(page, name) {
      await this.reach(page, page.getByRole('link', { name }))
      await page.keyboard.press('Enter')
    },
  }

  /** Sign up, sign out, fail, sign in, prove the address, forget the password. */
  async function story(page, hands) {
    const email = someone()
    const heading = name => page.getByRole('heading', { level: 1, name }).waitFor()
    const problem = text => page.getByRole('alert').getByText(text).waitFor()

    await page.goto(postern.url + '/')
    await heading('Sign in')
    await hands.follow(page, 'Create an account')
    await heading('Create your account')
    await hands.send(page, { 'Email address': email, Password: 'onlyletters' }, 'Create account')
    await page.getByText('Password must contain at least one number').first().waitFor()
    assert.equal(await page.getByLabel('Email address').inputValue(), email)
    await hands.send(page, { Password: password }, 'Create account')
    await heading('You are signed in')
    assert.match(await page.locator('pre').textContent(), /"st-ev"/)

    await hands.follow(page, 'Account and sign-out')
    await page.getByText(email).first().waitFor()
    await hands.follow(page, 'Confirm email address')
    await heading('Confirm your email address')
    await hands.send(page, {}, 'Send a new mail')
    await page.getByText('A mail is on its way to you.').waitFor()
    const outbox = await (await fetch(postern.url + '/auth/outbox')).text()
    const code = outbox.match(/\b(\d{4} ?\d{4})\b/)[1]
    await hands.send(page, { Code: '0000 0000' }, /^Confirm$/)
    await problem('This code is not right')
    await hands.send(page, { Code: code }, /^Confirm$/)
    await heading('Email address confirmed')

    await page.goto(postern.url + '/auth')
    await hands.send(page, {}, 'Sign out')
    await page.getByText('You are signed out.').waitFor()
    await hands.send(page, { 'Email address': email, Password: 'wrong horse 1' }, 'Sign in')
    await problem('The email address or the password is not right.')

    await hands.follow(page, 'Forgot password?')
    await heading('Reset your password')
    await hands.send(page, { 'Email address': email }, 'Send the link')
    await heading('Check your mail')
    await page.goto(await mailedLink(postern, 'reset-password\\?token='))
    await heading('Choose a new password')
    await hands.send(page, { 'New password': 'another horse 2' }, 'Save password')
    await page.getByText('Your password is changed.').waitFor()
    await hands.send(page, { 'Email address': email, Password: 'another horse 2' }, 'Sign in')
    await heading('You are signed in')
  }

  for (const [name, hands, options] of [
    ['with the mouse', byMouse, {}],
    ['with the keyboard only', byKeyboard, {}],
    ['without JavaScript', byMouse, { javaScriptEnabled: false }],
    ['on a phone, in the dark', byMouse, { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true }],
  ]) {
    test('the whole story ' + name, async () => {
      const { page, context, complaints } = await visitor(options)
      await story(page, hands)
      assert.deepEqual(complaints, [])
      await context.close()
    })
  }

  test('a page that is left open stays signed in', async () => {
    const { page, context } = await visitor()
    await page.goto(brief.url + '/auth?show=signup')
    await byMouse.send(page, { 'Email address': someone(), Password: password }, 'Create account')
    await page.goto(brief.url + '/auth')
    const first = await accessToken(context)
    await until('the page renews its session', async () => await accessToken(context) !== first)
    await passed(expiryOf(first)) // without that, nobody would be signed in now
    await page.reload()
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
    await context.close()
  })

  test('somebody who comes back after the access token has expired goes on', async () => {
    const { page, context } = await visitor()
    await page.goto(brief.url + '/auth?show=signup')
    await byMouse.send(page, { 'Email address': someone(), Password: password }, 'Create account')
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
    await page.goto('about:blank')
    await passed(expiryOf(await accessToken(context)))
    await page.goto(brief.url + '/')
    await page.locator('pre').waitFor()
    assert.equal(new URL(page.url()).pathname, '/')
    await context.close()
  })

  test('axe finds nothing, in light and dark', async () => {
    for (const colorScheme of ['light', 'dark']) {
      const { page, context } = await visitor({ colorScheme, bypassCSP: true })
      const check = async what => {
        await page.evaluate(axe)
        const { violations } = await page.evaluate(() => window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
        assert.deepEqual(violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' ')}`), [], `${what}, ${colorScheme}`)
      }
      for (const path of ['/auth', '/auth?show=signup', '/auth/reset-password', '/auth/reset-password?token=x', '/auth/verify-email?token=x', '/auth/outbox']) {
        await page.goto(postern.url + path)
        await check(path)
      }
      await page.goto(postern.url + '/auth?show=signup')
      await byMouse.send(page, { 'Email address': someone(), Password: 'onlyletters' }, 'Create account')
      await page.getByRole('alert').waitFor()
      await check('sign-up with an error')
      await byMouse.send(page, { Password: password }, 'Create account')
      await page.locator('pre').waitFor()
      for (const path of ['/', '/auth', '/auth/verify-email']) {
        await page.goto(postern.url + path)
        await check(path + ', signed in')
      }
      await context.close()
    }
  })

  test('every page has a strict content security policy', async () => {
    for (const path of ['/auth', '/auth?show=signup', '/auth/reset-password', '/auth/verify-email?token=x', '/auth/outbox']) {
      const res = await fetch(postern.url + path)
      const policy = res.headers.get('content-security-policy')
      assert.ok(policy.includes("default-src 'none'"), policy)
      assert.ok(policy.includes("frame-ancestors 'none'"), policy)
      assert.ok(!policy.includes('unsafe'), policy)
      assert.equal(res.headers.get('x-content-type-options'), 'nosniff')
    }
  })
})
