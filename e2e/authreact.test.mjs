// supertokens-auth-react's pre-built UI, unchanged, against `postern dev`.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as esbuild from 'esbuild'
import { password, someone, startBrowser, startPostern, startWebsite } from './lib.mjs'

describe('supertokens-auth-react', { timeout: 120_000 }, () => {
  let postern, website, browser

  before(async () => {
    const bundle = await esbuild.build({
      entryPoints: [new URL('authreact-page.jsx', import.meta.url).pathname], bundle: true, write: false, format: 'iife',
      minify: true, jsx: 'automatic', define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    })
    website = await startWebsite(bundle.outputFiles[0].text)
    postern = await startPostern('--website', website.url)
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await postern?.stop()
    website?.stop()
  })

  test('sign up, sign out, sign in', async () => {
    const context = await browser.newContext()
    await context.addInitScript(api => { localStorage.api = api }, postern.url)
    const page = await context.newPage()
    const email = someone()
    const fill = async () => {
      await page.locator('input[name=email]').fill(email)
      await page.locator('input[name=password]').fill(password)
      await page.locator('button[type=submit]').click()
    }

    await page.goto(website.url + '/auth?show=signup')
    await fill()
    const user = await page.locator('#user').textContent()
    assert.match(user, /^[0-9a-f-]{36}$/)

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.locator('input[name=email]').waitFor()
    await page.goto(website.url + '/auth')
    await fill()
    await page.locator('#user').waitFor()
    assert.equal(await page.locator('#user').textContent(), user)
    await context.close()
  })
})
