// The least that a runtime for Node on Lambda does: node lambda-loop.mjs
// index.handler takes events from the Runtime API and gives them to a handler.
import http from 'node:http'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`
const agent = new http.Agent({ keepAlive: true })

function call(method, url, body) {
  return new Promise((resolve, reject) => {
    const req = http.request(url, { method, agent }, res => {
      const chunks = []
      res.on('data', c => chunks.push(c))
      res.on('end', () => resolve({ headers: res.headers, body: Buffer.concat(chunks).toString() }))
      res.on('error', reject)
    })
    req.on('error', reject)
    req.end(body)
  })
}

const problem = e => JSON.stringify({ errorType: e.name, errorMessage: e.message })
const [file, name] = process.argv[2].split(/\.(?=[^.]+$)/)
let handler
try {
  const module = await import(pathToFileURL(path.resolve(file + '.js')))
  handler = module[name] ?? module.default[name]
} catch (e) {
  await call('POST', `${api}/init/error`, problem(e))
  throw e
}
for (;;) {
  const { headers, body } = await call('GET', `${api}/invocation/next`)
  const id = headers['lambda-runtime-aws-request-id']
  const context = { awsRequestId: id, callbackWaitsForEmptyEventLoop: false, getRemainingTimeInMillis: () => headers['lambda-runtime-deadline-ms'] - Date.now() }
  try {
    await call('POST', `${api}/invocation/${id}/response`, JSON.stringify(await handler(JSON.parse(body), context) ?? null))
  } catch (e) {
    console.error(e)
    await call('POST', `${api}/invocation/${id}/error`, problem(e))
  }
}
