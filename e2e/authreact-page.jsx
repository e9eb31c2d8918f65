// The ecosystem's pre-built sign-in UI, unchanged, as a website would use it.
import React from 'react'
import { createRoot } from 'react-dom/client'
import SuperTokens, { SuperTokensWrapper } from 'supertokens-auth-react'
import EmailPassword from 'supertokens-auth-react/recipe/emailpassword'
import { EmailPasswordPreBuiltUI } from 'supertokens-auth-react/recipe/emailpassword/prebuiltui'
import Session, { SessionAuth, useSessionContext } from 'supertokens-auth-react/recipe/session'
import { canHandleRoute, getRoutingComponent } from 'supertokens-auth-react/ui'

SuperTokens.init({
  appInfo: {
    appName: 'Website', apiDomain: localStorage.api, websiteDomain: location.origin,
    apiBasePath: '/auth', websiteBasePath: '/auth',
  },
  recipeList: [EmailPassword.init(), Session.init()],
})

function Home() {
  const session = useSessionContext()
  if (session.loading) return null
  return <main><h1>Signed in</h1><p id="user">{session.userId}</p><button onClick={() => Session.signOut().then(() => { location.href = '/auth' })}>Sign out</button></main>
}

const app = canHandleRoute([EmailPasswordPreBuiltUI])
  ? getRoutingComponent([EmailPasswordPreBuiltUI])
  : <SessionAuth><Home /></SessionAuth>
createRoot(document.getElementById('root')).render(<SuperTokensWrapper>{app}</SuperTokensWrapper>)
