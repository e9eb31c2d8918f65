// Runs tests with one browser for all of them: node run.mjs [file...]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { chromium } from 'playwright-core'
import { browserOptions } from './lib.mjs'

const folder = import.meta.dirname
const named = process.argv.slice(2).map(file => path.resolve(file))
const files = named.length ? named : readdirSync(folder).filter(name => name.endsWith('.test.mjs')).map(name => path.join(folder, name))

const browser = await chromium.launchServer(browserOptions)
// Two files at once: the tests of each wait for pages more than they work.
const tests = spawn(process.execPath, ['--test', '--test-concurrency=2', ...files],
  { stdio: 'inherit', env: { ...process.env, BROWSER: browser.wsEndpoint() } })
const [code] = await once(tests, 'exit')
await browser.close()
process.exitCode = code ?? 1
