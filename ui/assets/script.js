// The pages work without this. It shows passwords, keeps a form from being
// sent twice, helps with codes, and keeps a session alive.

const page = document.body.dataset;

/* Show and hide a password. */

for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", shown);
    button.setAttribute("aria-label", shown ? button.dataset.hide : button.dataset.show);
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  // What is sent as text may be kept by the browser for other forms.
  input.form.addEventListener("submit", () => show(false));
}

/* Send a form once, and not while the session is being renewed. */

let renewing; // a promise, if it is

for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    const sent = form.classList.contains("busy");
    form.classList.add("busy");
    form.setAttribute("aria-busy", "true");
    if (!sent && !renewing) return;
    event.preventDefault();
    if (!sent) renewing.then(() => form.submit());
  });
}

// A page that comes back from the history can be sent again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) {
    form.classList.remove("busy");
    form.removeAttribute("aria-busy");
  }
});

/* Write a code in two groups, whatever is typed or pasted. */

for (const input of document.querySelectorAll("[autocomplete=one-time-code]")) {
  const length = Number(input.dataset.length ?? 8);
  const half = length / 2;
  input.addEventListener("input", () => {
    const typed = input.value.slice(0, input.selectionStart).replace(/\D/g, "").length;
    const digits = input.value.replace(/\D/g, "").slice(0, length);
    const grouped = digits.length > half ? digits.slice(0, half) + " " + digits.slice(half) : digits;
    if (grouped === input.value) return;
    input.value = grouped;
    const caret = typed > half ? typed + 1 : typed;
    input.setSelectionRange(caret, caret);
  });
}

/* Hand in what only a script can see, or what a provider has sent along. */

for (const form of document.querySelectorAll("[data-fragment]")) {
  const secret = location.hash.slice(1);
  if (!secret) continue;
  form.elements[form.dataset.fragment].value = decodeURIComponent(secret);
  history.replaceState(null, "", location.pathname + location.search);
}
document.querySelector("[data-auto]")?.requestSubmit();

/* Take the reader to what is wrong. */

(document.querySelector("[autofocus][aria-invalid]") ?? document.getElementById("problem"))?.focus();

/* Keep the session alive. */

const expiryKey = "postern-session-expires"; // by this browser's clock, for all tabs
const triedKey = "postern-session-tried";

function remember(store, key, value) {
  try {
    store.setItem(key, value);
  } catch {
    // Storage may be switched off; then each tab is on its own.
  }
}

function recall(store, key) {
  try {
    return Number(store.getItem(key));
  } catch {
    return 0;
  }
}

// alone runs one task at a time over all tabs, where the browser can do that.
function alone(task) {
  return navigator.locks ? navigator.locks.request("postern-session", task) : task();
}

// renew gets new tokens unless another tab has got some that are good for
// longer than is known here. It returns when they expire, 0 if the session is
// over, and throws if there was no answer.
function renew(known) {
  return alone(async () => {
    const shared = recall(localStorage, expiryKey);
    if (shared > known + 1000 && shared > Date.now()) return shared;
    const response = await fetch(page.refresh, {
      method: "POST",
      headers: { rid: "session", "fdi-version": "3.1", "st-auth-mode": "cookie" },
    });
    const token = response.headers.get("front-token");
    if (response.status === 401) return 0;
    if (!response.ok || !token) throw new Error("not renewed: " + response.status);
    const now = Date.parse(response.headers.get("date")) || Date.now();
    const expires = Date.now() + JSON.parse(atob(token)).ate - now;
    remember(localStorage, expiryKey, expires);
    return expires;
  });
}

// keep renews the session a little before it expires, and at the latest when a
// computer wakes up.
function keep(expires) {
  const early = Math.min(60_000, (expires - Date.now()) / 5);
  const retry = 20_000;
  let due = expires - early;
  const refresh = async () => {
    try {
      const renewed = await renew(expires);
      if (!renewed) return location.reload(); // the server knows what to show now
      expires = renewed;
      due = expires - early;
    } catch {
      due = Date.now() + retry;
    }
    renewing = undefined;
  };
  const check = () => {
    if (!renewing && Date.now() >= due) renewing = refresh();
  };
  setInterval(check, 1000);
  document.addEventListener("visibilitychange", check);
}

// revive tries once to renew a session whose access token has ended, and goes
// where the visitor wanted to go, unless there is something typed already.
async function revive(target) {
  if (Date.now() - recall(sessionStorage, triedKey) < 10_000) return;
  remember(sessionStorage, triedKey, Date.now());
  const expires = await renew(Date.now()).catch(() => 0);
  const typed = [...document.querySelectorAll("input:not([type=hidden])")].some((input) => input.value);
  if (expires && !typed) location.replace(target);
}

if (page.expiresIn) keep(Date.now() + Number(page.expiresIn));
if (page.stale) revive(page.stale);
