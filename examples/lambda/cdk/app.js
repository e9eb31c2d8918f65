// CDK: a REST API with a stage in front of the function.
//
//   postern lambda build --out function.zip ..
//   npm install && npx cdk deploy -c stage=dev -c website=https://app.example.com
//
// Providers: -c google=CLIENT_ID -c github=CLIENT_ID -c apple=SERVICES_ID
// -c appleKey=KEY_ID -c appleTeam=TEAM_ID, with the secret's keys google_secret,
// github_secret and apple_private_key, the text of the .p8 file.
//
// Send the function the event {"postern":"prepare"} after each deployment of a
// new version: it brings the database up to date.
const cdk = require('aws-cdk-lib')
const { aws_lambda: lambda, aws_apigateway: gateway, aws_secretsmanager: secrets, aws_logs: logs } = cdk

const app = new cdk.App()
const stack = new cdk.Stack(app, 'Postern')
const given = name => app.node.tryGetContext(name)
const stage = given('stage') ?? 'dev'
const website = given('website') // none: the built-in pages

const api = new gateway.RestApi(stack, 'Api', {
  deployOptions: { stageName: stage },
  endpointTypes: [gateway.EndpointType.REGIONAL],
})
const domain = `https://${api.restApiId}.execute-api.${stack.region}.${stack.urlSuffix}`
const secret = secrets.Secret.fromSecretNameV2(stack, 'Secret', 'postern') // with the keys database and master_key
const reference = key => secret.secretValueFromJson(key).unsafeUnwrap() // the value is not in the template

const auth = new lambda.Function(stack, 'Function', {
  runtime: lambda.Runtime.PROVIDED_AL2023,
  architecture: lambda.Architecture.ARM_64,
  handler: 'bootstrap',
  code: lambda.Code.fromAsset('function.zip'),
  memorySize: 1024, // a password takes one core's time: 1769 MB is one core
  timeout: cdk.Duration.seconds(10),
  logGroup: new logs.LogGroup(stack, 'Log', { retention: logs.RetentionDays.ONE_MONTH }),
  environment: {
    STAGE: `/${stage}`,
    API_DOMAIN: domain,
    ...(website && { WEBSITE_DOMAIN: website }),
    CORE_URI: reference('database'),
    MASTER_KEY: reference('master_key'),
    ...(given('google') && { GOOGLE_ID: given('google'), GOOGLE_SECRET: reference('google_secret') }),
    ...(given('github') && { GITHUB_ID: given('github'), GITHUB_SECRET: reference('github_secret') }),
    ...(given('apple') && {
      APPLE_ID: given('apple'), APPLE_KEY_ID: given('appleKey'), APPLE_TEAM_ID: given('appleTeam'),
      APPLE_PRIVATE_KEY: reference('apple_private_key'),
    }),
  },
})
// ANY has OPTIONS too: the function answers preflight requests.
const everything = new gateway.LambdaIntegration(auth)
api.root.addMethod('ANY', everything)
api.root.addProxy({ defaultIntegration: everything })

// What the gateway answers itself has to be readable for the frontend too.
for (const type of [gateway.ResponseType.DEFAULT_4XX, gateway.ResponseType.DEFAULT_5XX]) {
  api.addGatewayResponse(type.responseType, {
    type,
    responseHeaders: {
      'Access-Control-Allow-Origin': `'${website ?? domain}'`,
      'Access-Control-Allow-Credentials': "'true'",
    },
  })
}
new cdk.CfnOutput(stack, 'SignIn', { value: `${domain}/${stage}/auth` })
