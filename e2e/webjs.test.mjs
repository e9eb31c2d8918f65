// supertokens-web-js, unchanged, against `postern dev`, in both ways of
// carrying tokens.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as esbuild from 'esbuild'
import { expired, expiry, mailedLink, passed, password, someone, startBrowser, startPostern, startWebsite } from './lib.mjs'

const validity = 2 // seconds that an access token lives in these tests

for (const mode of ['cookie', 'header']) {
  describe(`supertokens-web-js, tokens in ${mode}s`, { timeout: 120_000 }, () => {
    let postern, website, browser

    before(async () => {
      const bundle = await esbuild.build({
        entryPoints: [new URL('webjs-page.js', import.meta.url).pathname], bundle: true, write: false, format: 'iife',
      })
      website = await startWebsite(bundle.outputFiles[0].text)
      postern = await startPostern('--website', website.url, '--access-token-validity', `${validity}s`, '--no-limits')
      browser = await startBrowser()
    })
    after(async () => {
      await browser?.close()
      await postern?.stop()
      website?.stop()
    })

    /** A visitor with an empty browser profile, on the website. */
    async function visitor(path = '/') {
      const context = await browser.newContext()
      await context.addInitScript(settings => { localStorage.settings = settings },
        JSON.stringify({ api: postern.url, mode }))
      const page = await context.newPage()
      await page.goto(website.url + path)
      return { page, context }
    }
    const signUp = (page, email) => page.evaluate(([e, p]) => st.EmailPassword.signUp(form(e, p)), [email, password])
    const signIn = (page, email, p = password) => page.evaluate(([e, p]) => st.EmailPassword.signIn(form(e, p)), [email, p])
    const me = page => page.evaluate(() => me())

    test('nobody is signed in at first', async () => {
      const { page, context } = await visitor()
      assert.equal(await page.evaluate(() => st.Session.doesSessionExist()), false)
      assert.equal((await me(page)).status, 401)
      await context.close()
    })

    test('sign up, call an API, sign out', async () => {
      const email = someone()
      const { page, context } = await visitor()
      const result = await signUp(page, email)
      assert.equal(result.status, 'OK')
      assert.deepEqual(result.user.emails, [email])
      const answer = await me(page)
      assert.equal(answer.status, 200)
      assert.equal(answer.body.userId, result.user.id)
      assert.equal(answer.body.accessTokenPayload.sub, result.user.id)
      assert.equal(await page.evaluate(() => st.Session.getUserId()), result.user.id)
      assert.equal((await page.evaluate(() => st.Session.getAccessTokenPayloadSecurely()))['st-ev'].v, false)

      await page.evaluate(() => st.Session.signOut())
      assert.equal(await page.evaluate(() => st.Session.doesSessionExist()), false)
      assert.equal((await me(page)).status, 401)
      await context.close()
    })

    test('a taken address, a bad address, a bad password are field errors', async () => {
      const email = someone()
      const { page, context } = await visitor()
      await signUp(page, email)
      assert.deepEqual(strip(await signUp(page, ' ' + email.toUpperCase())), {
        status: 'FIELD_ERROR',
        formFields: [{ id: 'email', error: 'This email already exists. Please sign in instead.' }],
      })
      const bad = await page.evaluate(() => st.EmailPassword.signUp(form('nobody', 'short')))
      assert.equal(bad.status, 'FIELD_ERROR')
      assert.deepEqual(bad.formFields.map(f => f.id).sort(), ['email', 'password'])
      assert.equal(await page.evaluate(e => st.EmailPassword.doesEmailExist({ email: e }).then(r => r.doesExist), email), true)
      assert.equal(await page.evaluate(e => st.EmailPassword.doesEmailExist({ email: e }).then(r => r.doesExist), someone()), false)
      await context.close()
    })

    test('a wrong password does not sign in, the right one does', async () => {
      const email = someone()
      const { page, context } = await visitor()
      await signUp(page, email)
      await page.evaluate(() => st.Session.signOut())
      assert.equal((await signIn(page, email, 'wrong horse 1')).status, 'WRONG_CREDENTIALS_ERROR')
      assert.equal((await me(page)).status, 401)
      assert.equal((await signIn(page, email)).status, 'OK')
      assert.equal((await me(page)).status, 200)
      await context.close()
    })

    test('an expired access token is refreshed without a word', async () => {
      const { page, context } = await visitor()
      const { user } = await signUp(page, someone())
      await expired(page)
      const answer = await me(page)
      assert.equal(answer.status, 200)
      assert.equal(answer.body.userId, user.id)
      assert.ok((await page.evaluate(() => window.events)).includes('REFRESH_SESSION'))
      await context.close()
    })

    test('five tabs refresh at once, and none is signed out', async () => {
      const { page, context } = await visitor()
      const { user } = await signUp(page, someone())
      const tabs = [page]
      for (let i = 0; i < 4; i++) {
        const tab = await context.newPage()
        await tab.goto(website.url)
        tabs.push(tab)
      }
      for (let round = 0; round < 2; round++) {
        await expired(page)
        for (const answer of await Promise.all(tabs.map(me))) {
          assert.equal(answer.status, 200)
          assert.equal(answer.body.userId, user.id)
        }
      }
      for (const tab of tabs) {
        assert.ok(!(await tab.evaluate(() => window.events)).includes('UNAUTHORISED'))
      }
      await context.close()
    })

    test('a forgotten password is replaced by a mailed link', async () => {
      const email = someone()
      const { page, context } = await visitor()
      await signUp(page, email)
      const expires = await expiry(page)
      assert.equal((await page.evaluate(e => st.EmailPassword.sendPasswordResetEmail({ formFields: [{ id: 'email', value: e }] }), email)).status, 'OK')
      const link = await mailedLink(postern, 'reset-password\\?token=')
      assert.ok(link.startsWith(website.url + '/auth/reset-password?token='), link)

      const other = await visitor(link.slice(website.url.length))
      const submit = p => other.page.evaluate(p => st.EmailPassword.submitNewPassword({ formFields: [{ id: 'password', value: p }] }), p)
      assert.equal((await submit('short')).status, 'FIELD_ERROR')
      assert.equal((await submit('another horse 2')).status, 'OK')
      assert.equal((await submit('third horse 333')).status, 'RESET_PASSWORD_INVALID_TOKEN_ERROR')
      assert.equal((await signIn(other.page, email)).status, 'WRONG_CREDENTIALS_ERROR')
      assert.equal((await signIn(other.page, email, 'another horse 2')).status, 'OK')
      await other.context.close()

      await passed(expires) // the first session was ended by the reset; its access token was good until now
      assert.equal((await me(page)).status, 401)
      await context.close()
    })

    test('an address is proved by a mailed link', async () => {
      const { page, context } = await visitor()
      await signUp(page, someone())
      const verified = () => page.evaluate(() => st.EmailVerification.isEmailVerified().then(r => r.isVerified))
      assert.equal(await verified(), false)
      assert.equal((await page.evaluate(() => st.EmailVerification.sendVerificationEmail())).status, 'OK')
      const link = await mailedLink(postern, 'verify-email\\?token=')
      await page.goto(link)
      assert.equal((await page.evaluate(() => st.EmailVerification.verifyEmail())).status, 'OK')
      assert.equal(await verified(), true)
      assert.equal((await page.evaluate(() => st.Session.getAccessTokenPayloadSecurely()))['st-ev'].v, true)
      assert.equal((await page.evaluate(() => st.EmailVerification.sendVerificationEmail())).status, 'EMAIL_ALREADY_VERIFIED_ERROR')
      assert.equal((await page.evaluate(() => st.EmailVerification.verifyEmail())).status, 'EMAIL_VERIFICATION_INVALID_TOKEN_ERROR')
      await context.close()
    })
  })
}

/** Without what the SDK adds to an answer. */
function strip({ fetchResponse, ...answer }) {
  return answer
}
