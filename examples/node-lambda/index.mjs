// The function behind the API Gateway. What the sign-in does not serve gets
// the answer of this handler.
import middy from '@middy/core'
import cors from '@middy/http-cors'
import supertokens from 'supertokens-node'
import { middleware } from 'supertokens-node/framework/awsLambda/index.js'
import { verifySession } from 'supertokens-node/recipe/session/framework/awsLambda/index.js'
import { backendConfig } from './config.mjs'

supertokens.init(backendConfig())

const json = (statusCode, body) => ({ statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

// A preflight request passes without a session.
const user = verifySession(async event => json(200, { userId: event.session?.getUserId() }))

const app = middleware(async (event, context) => {
  const path = event.rawPath ?? event.path
  if (path.endsWith('/user')) return user(event, context)
  return json(200, { hello: 'from the function', path })
})

const allowed = cors({
  origins: [backendConfig().appInfo.websiteDomain],
  credentials: true,
  headers: ['Content-Type', ...supertokens.getAllCORSHeaders()].join(', '),
  methods: 'OPTIONS,POST,GET,PUT,DELETE',
})

export const handler = middy(app).use(allowed).onError(request => { throw request.error })
