// Everything that this function's sign-in is configured with. To move to
// another stage of the API Gateway, change STAGE.
import EmailPassword from 'supertokens-node/recipe/emailpassword/index.js'
import Session from 'supertokens-node/recipe/session/index.js'
import ThirdParty from 'supertokens-node/recipe/thirdparty/index.js'

const env = process.env

export function backendConfig() {
  return {
    framework: 'awsLambda',
    isInServerlessEnv: true,
    supertokens: {
      connectionURI: env.CORE_URI, // `postern serve`, or the layer on http://127.0.0.1:3567
      apiKey: env.CORE_API_KEY,
    },
    appInfo: {
      appName: 'Example',
      apiDomain: env.API_DOMAIN,
      websiteDomain: env.WEBSITE_DOMAIN,
      apiBasePath: '/auth',
      websiteBasePath: '/auth',
      apiGatewayPath: env.STAGE ?? '/dev',
    },
    recipeList: [
      ThirdParty.init({
        signInAndUpFeature: {
          providers: [
            { config: { thirdPartyId: 'google', clients: [{ clientId: env.GOOGLE_ID, clientSecret: env.GOOGLE_SECRET }] } },
            { config: { thirdPartyId: 'github', clients: [{ clientId: env.GITHUB_ID, clientSecret: env.GITHUB_SECRET }] } },
            {
              config: {
                thirdPartyId: 'apple',
                clients: [{
                  clientId: env.APPLE_ID,
                  additionalConfig: { keyId: env.APPLE_KEY_ID, teamId: env.APPLE_TEAM_ID, privateKey: env.APPLE_PRIVATE_KEY },
                }],
              },
            },
          ],
        },
      }),
      EmailPassword.init(),
      Session.init(),
    ],
  }
}
