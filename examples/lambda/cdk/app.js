// CDK: a REST API with a stage in front of the function.
//
//   postern lambda build --out function.zip ..
//   npm install && npx cdk deploy -c stage=dev -c website=https://app.example.com
//
// Send the function the event {"postern":"prepare"} after each deployment of a
// new version: it brings the database up to date.
const cdk = require('aws-cdk-lib')
const { aws_lambda: lambda, aws_apigateway: gateway, aws_secretsmanager: secrets, aws_logs: logs } = cdk

const app = new cdk.App()
const stack = new cdk.Stack(app, 'Postern')
const stage = app.node.tryGetContext('stage') ?? 'dev'
const website = app.node.tryGetContext('website') // none: the built-in pages

const api = new gateway.RestApi(stack, 'Api', {
  deployOptions: { stageName: stage },
  endpointTypes: [gateway.EndpointType.REGIONAL],
})
const domain = `https://${api.restApiId}.execute-api.${stack.region}.${stack.urlSuffix}`
const secret = secrets.Secret.fromSecretNameV2(stack, 'Secret', 'postern') // with the keys database and master_key

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
    CORE_URI: secret.secretValueFromJson('database').unsafeUnwrap(), // a reference: the value is not in the template
    MASTER_KEY: secret.secretValueFromJson('master_key').unsafeUnwrap(),
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
