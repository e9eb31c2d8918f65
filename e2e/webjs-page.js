// The website of the tests: the ecosystem's own frontend SDK, unchanged, with
// its functions where the test can call them.
import SuperTokens from 'supertokens-web-js'
import EmailPassword from 'supertokens-web-js/recipe/emailpassword'
import EmailVerification from 'supertokens-web-js/recipe/emailverification'
import Session from 'supertokens-web-js/recipe/session'
import ThirdParty from 'supertokens-web-js/recipe/thirdparty'

const settings = JSON.parse(sessionStorage.settings ?? localStorage.settings)
SuperTokens.init({
  appInfo: { appName: 'Website', apiDomain: settings.api, apiBasePath: settings.basePath ?? '/auth' },
  recipeList: [
    Session.init({ tokenTransferMethod: settings.mode, onHandleEvent: e => window.events.push(e.action) }),
    EmailPassword.init(),
    EmailVerification.init(),
    ThirdParty.init(),
  ],
})
window.events = []
window.st = { EmailPassword, EmailVerification, Session, ThirdParty }
window.form = (email, password) => ({ formFields: [{ id: 'email', value: email }, { id: 'password', value: password }] })
window.me = async () => {
  const res = await fetch(settings.api + (settings.me ?? '/api/me'))
  return { status: res.status, body: await res.json() }
}
