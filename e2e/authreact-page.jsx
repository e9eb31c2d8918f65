// The ecosystem's pre-built sign-in UI, unchanged, as a website would use it:
// every way in that the backend has, and a second factor for those who set one
// up.
import React from 'react'
import { createRoot } from 'react-dom/client'
import SuperTokens, { SuperTokensWrapper } from 'supertokens-auth-react'
import EmailPassword from 'supertokens-auth-react/recipe/emailpassword'
import { EmailPasswordPreBuiltUI } from 'supertokens-auth-react/recipe/emailpassword/prebuiltui'
import MultiFactorAuth from 'supertokens-auth-react/recipe/multifactorauth'
import { MultiFactorAuthPreBuiltUI } from 'supertokens-auth-react/recipe/multifactorauth/prebuiltui'
import Passwordless from 'supertokens-auth-react/recipe/passwordless'
import { PasswordlessPreBuiltUI } from 'supertokens-auth-react/recipe/passwordless/prebuiltui'
import Session, { SessionAuth, useSessionContext } from 'supertokens-auth-react/recipe/session'
import ThirdParty, { Apple, Github, Google } from 'supertokens-auth-react/recipe/thirdparty'
import { ThirdPartyPreBuiltUI } from 'supertokens-auth-react/recipe/thirdparty/prebuiltui'
import TOTP from 'supertokens-auth-react/recipe/totp'
import { TOTPPreBuiltUI } from 'supertokens-auth-react/recipe/totp/prebuiltui'
import { canHandleRoute, getRoutingComponent } from 'supertokens-auth-react/ui'

SuperTokens.init({
  appInfo: {
    appName: 'Website', apiDomain: localStorage.api, websiteDomain: location.origin,
    apiBasePath: '/auth', websiteBasePath: '/auth',
  },
  recipeList: [
    EmailPassword.init(),
    ThirdParty.init({ signInAndUpFeature: { providers: [Google.init(), Github.init(), Apple.init()] } }),
    Passwordless.init({ contactMethod: 'EMAIL_OR_PHONE' }),
    MultiFactorAuth.init({ firstFactors: ['emailpassword', 'thirdparty', 'otp-email', 'link-email', 'otp-phone', 'link-phone'] }),
    TOTP.init(),
    Session.init(),
  ],
})

function Home() {
  const session = useSessionContext()
  if (session.loading) return null
  return <main>
    <h1>Signed in</h1>
    <p id="user">{session.userId}</p>
    <pre id="payload">{JSON.stringify(session.accessTokenPayload)}</pre>
    <button onClick={() => MultiFactorAuth.redirectToFactor({ factorId: 'totp', forceSetup: true })}>Set up a phone</button>
    <button onClick={() => Session.signOut().then(() => { location.href = '/auth' })}>Sign out</button>
  </main>
}

const pages = [EmailPasswordPreBuiltUI, ThirdPartyPreBuiltUI, PasswordlessPreBuiltUI, MultiFactorAuthPreBuiltUI, TOTPPreBuiltUI]
const app = canHandleRoute(pages) ? getRoutingComponent(pages) : <SessionAuth><Home /></SessionAuth>
createRoot(document.getElementById('root')).render(<SuperTokensWrapper>{app}</SuperTokensWrapper>)
