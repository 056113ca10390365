// Keeps what is typed until it is saved: in this browser, through a reload, a lost connection, a restart of the hub or a
// sign-in that ended. What comes back says so in the form, with the way to drop it.
//   <form method="post">       kept under the address that it is sent to, or with data-draft="a name" under that name
//   [data-no-draft]            a form or a field that is not kept, as are passwords, hidden ones and files
//   <body data-me="3">         whose drafts they are
import { taken } from "./submitted.js"
import { DRAFTED, differing, fieldsOf, given, ticked, typed } from "./typed.js"
import { clockTime, say } from "./words.js"

const OLD = 14 * 24 * 3600_000
const PREFIX = `ringback:draft:${document.body.dataset.me}:`

export const keyOf = form => PREFIX + (form.dataset.draft || form.getAttribute("action") || location.pathname)
export const read = key => JSON.parse(localStorage.getItem(key) ?? "null")

function keep(form) {
  const values = Object.fromEntries(differing(form).map(([name, field]) => [name, [typed(field), given(field)]]))
  try {
    if (Object.keys(values).length) localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), values }))
    else localStorage.removeItem(keyOf(form))
  } catch { /* a private window, or no room left: it is kept as long as the page is */ }
}

function bring(form) {
  if ("draftKept" in form.dataset) return
  form.dataset.draftKept = ""
  const draft = read(keyOf(form))
  if (!draft) return
  let meanwhile = ""
  for (const [name, field] of fieldsOf(form)) {
    const [value, before] = draft.values[name] ?? []
    if (value === undefined || value === given(field)) continue
    if (ticked(field)) field.checked = value
    else field.value = value
    if (before !== given(field)) meanwhile ||= String(given(field))
  }
  if (differing(form).length) tell(form, draft.at, meanwhile)
  else localStorage.removeItem(keyOf(form))
}

function tell(form, at, meanwhile) {
  const line = document.createElement("p"), drop = document.createElement("button")
  const words = say("kept", { time: clockTime(new Date(at)) })
  line.className = "kept small"
  line.append(meanwhile ? `${words} ${say("meanwhile", { now: meanwhile })}` : words, " ", drop)
  Object.assign(drop, { type: "button", textContent: say("discard"), className: "link" })
  drop.addEventListener("click", () => (forget(form), form.reset()))
  form.append(line)
}

export function forget(form) {
  localStorage.removeItem(keyOf(form))
  form.querySelector(".kept")?.remove()
}

// A form that adds something is empty again; one that changes something shows what it has now.
export function saved(form) {
  forget(form)
  if (differing(form).every(([, field]) => ticked(field) || !given(field))) form.reset()
  else form.dataset.saved = ""
}

function settle() {
  for (const form of document.querySelectorAll(DRAFTED)) {
    bring(form)
    if (!("saved" in form.dataset) || differing(form).length) continue
    delete form.dataset.saved
    form.reset() // from now on it shows again what others change
  }
}

function expire() {
  for (const key of Object.keys(localStorage)) if (key.startsWith("ringback:draft:") && Date.now() - read(key).at > OLD) localStorage.removeItem(key)
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => target.form?.matches(DRAFTED) && keep(target.form))
}
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement
  if (form.matches(DRAFTED) && ctx.request.method !== "GET" && ctx.response.status < 400) saved(form)
})
document.addEventListener("htmx:after:swap", settle)
localStorage.removeItem(taken())
expire()
settle()
