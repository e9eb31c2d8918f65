// One SDK on one core, with every recipe whose core operations Postern has.
// What it would send by mail or SMS is kept in `sent`.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after } from 'node:test'
import SuperTokens from 'supertokens-node'
import AccountLinking from 'supertokens-node/recipe/accountlinking/index.js'
import Dashboard from 'supertokens-node/recipe/dashboard/index.js'
import EmailPassword from 'supertokens-node/recipe/emailpassword/index.js'
import EmailVerification from 'supertokens-node/recipe/emailverification/index.js'
import MultiFactorAuth from 'supertokens-node/recipe/multifactorauth/index.js'
import Multitenancy from 'supertokens-node/recipe/multitenancy/index.js'
import Passwordless from 'supertokens-node/recipe/passwordless/index.js'
import Session from 'supertokens-node/recipe/session/index.js'
import ThirdParty from 'supertokens-node/recipe/thirdparty/index.js'
import TOTP from 'supertokens-node/recipe/totp/index.js'
import UserMetadata from 'supertokens-node/recipe/usermetadata/index.js'
import UserRoles from 'supertokens-node/recipe/userroles/index.js'
import { CollectingResponse, middleware, PreParsedRequest } from 'supertokens-node/framework/custom/index.js'
import { startCore } from '../lib.mjs'

export {
  AccountLinking, Dashboard, EmailPassword, EmailVerification, MultiFactorAuth, Multitenancy, Passwordless, Session,
  SuperTokens, ThirdParty, TOTP, UserMetadata, UserRoles,
}

export const sent = []
const delivery = name => ({ service: { [name]: async input => { sent.push(input) } } })

const core = await startCore({ database: process.env.CORE_DATABASE || undefined })
after(() => core.stop())

// A database that is shared gets an app for this run alone.
export let connectionURI = core.url
if (process.env.CORE_DATABASE) {
  const appId = 'run-' + randomUUID()
  await askCore('PUT', '/recipe/multitenancy/app/v2', { appId })
  connectionURI += '/appid-' + appId
}

export const apiDomain = 'https://api.example.com'
const websiteDomain = 'https://example.com'

SuperTokens.init({
  framework: 'custom',
  telemetry: false,
  supertokens: { connectionURI, apiKey: core.apiKey },
  appInfo: { appName: 'Example', apiDomain, websiteDomain },
  recipeList: [
    EmailPassword.init({ emailDelivery: delivery('sendEmail') }),
    EmailVerification.init({ mode: 'OPTIONAL', emailDelivery: delivery('sendEmail') }),
    ThirdParty.init(),
    Passwordless.init({
      contactMethod: 'EMAIL_OR_PHONE', flowType: 'USER_INPUT_CODE_AND_MAGIC_LINK',
      emailDelivery: delivery('sendEmail'), smsDelivery: delivery('sendSms'),
    }),
    AccountLinking.init({ shouldDoAutomaticAccountLinking: async () => ({ shouldAutomaticallyLink: false }) }),
    MultiFactorAuth.init(), TOTP.init(), Multitenancy.init(), UserMetadata.init(), UserRoles.init(),
    Session.init({ antiCsrf: 'VIA_TOKEN', getTokenTransferMethod: () => 'any' }), Dashboard.init(),
  ],
})

export const tenant = 'public'
export const password = 'correct horse 1'
export const nobody = randomUUID()
let people = 0
export const newEmail = () => `person-${++people}-${randomUUID().slice(0, 8)}@example.com`

/** A new user with a password. */
export async function newUser(tenantId = tenant) {
  const email = newEmail()
  const { status, user, recipeUserId } = await EmailPassword.signUp(tenantId, email, password)
  assert.equal(status, 'OK')
  return { email, user, recipeUserId, id: user.id }
}

export const recipeUserID = id => SuperTokens.convertToRecipeUserId(id)

/** A new tenant in which all the usual factors are allowed. */
export async function newTenant() {
  const id = 'tenant-' + randomUUID()
  const firstFactors = ['emailpassword', 'thirdparty', 'otp-email', 'otp-phone', 'link-email', 'link-phone']
  assert.deepEqual(await Multitenancy.createOrUpdateTenant(id, { firstFactors }), { status: 'OK', createdNew: true })
  return id
}

/** Fails unless what is had has the members of what is wanted. */
export function like(had, wanted) {
  assert.deepEqual(Object.fromEntries(Object.keys(wanted).map(key => [key, had[key]])), wanted)
}

/** Asks the core itself, as an operator would. */
export async function askCore(method, path, body) {
  const answer = await fetch((connectionURI ?? core.url) + path, {
    method, body: body && JSON.stringify(body), headers: { 'api-key': core.apiKey, 'content-type': 'application/json' },
  })
  assert.equal(answer.status, 200, `${method} ${path}: ${await answer.clone().text()}`)
  return answer.json()
}

/** A browser before the SDK's middleware: it keeps cookies. */
export class Browser {
  cookies = {}

  async ask(method, path, body, headers = {}) {
    const { request, response } = this.exchange(method, path, body, headers)
    const { handled, error } = await middleware(r => r)(request, response)
    if (error) throw error
    this.keep(response)
    return { handled, status: response.statusCode, headers: response.headers, body: response.body && JSON.parse(response.body) }
  }

  /** A request and its response, before anybody has answered. */
  exchange(method, path, body = {}, headers = {}) {
    const url = new URL(path, apiDomain)
    const request = new PreParsedRequest({
      method: method.toLowerCase(), url: url.href, headers: new Headers(headers), cookies: this.cookies,
      query: Object.fromEntries(url.searchParams), getJSONBody: async () => body, getFormBody: async () => body,
    })
    return { request, response: new CollectingResponse() }
  }

  keep(response) {
    for (const { key, value, expires } of response.cookies) {
      if (expires > Date.now()) this.cookies[key] = value
      else delete this.cookies[key]
    }
  }
}
