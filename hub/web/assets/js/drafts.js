// Keeps what is typed until it is saved: in this browser, through a reload, a lost connection, a restart of the hub or a
// sign-in that ended. What comes back says so in the form, with the way to drop it.
//   <form method="post">       kept under the address that it is sent to, or with data-draft="a name" under that name
//   <form data-adds>           adds something each time that it is sent, whatever stands in it at first
//   [data-no-draft]            a form or a field that is not kept, as are passwords, hidden ones and files
//   <body data-me="3">         whose drafts they are
import "./deeds.js"
import { expire, keep, keyOf, put, read } from "./drafts-store.js"
import { taken } from "./submitted.js"
import { DRAFTED, differing, fieldsOf, given, ticked } from "./typed.js"
import { drop, waitsOf } from "./unsent-queue.js"
import { clockTime, say } from "./words.js"

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
  form.querySelector(".kept")?.remove()
  const line = document.createElement("p"), button = document.createElement("button")
  const waits = waitsOf(keyOf(form)), words = say(waits ? "waits" : "kept", { time: clockTime(new Date(waits?.at ?? at)) })
  line.className = "kept small"
  line.append(meanwhile ? `${words} ${say("meanwhile", { now: meanwhile })}` : words, " ", button)
  Object.assign(button, { type: "button", textContent: say(waits ? "notSend" : "discard"), className: "link" })
  button.addEventListener("click", () => waits ? drop(waits.id) : (forget(form), form.reset()))
  form.append(line)
}

export function forget(form) {
  localStorage.removeItem(keyOf(form))
  form.querySelector(".kept")?.remove()
}

// What waited to be sent, and does not any more, stands in its form again.
export function again(key, draft) {
  if (draft && !read(key)) put(key, draft)
  for (const form of document.querySelectorAll(DRAFTED)) {
    if (keyOf(form) !== key) continue
    delete form.dataset.draftKept
    bring(form)
  }
}

// A form that adds something is empty again; one that changes something shows what it has now.
export function saved(form) {
  forget(form)
  if ("adds" in form.dataset || differing(form).every(([, field]) => ticked(field) || !given(field))) form.reset()
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

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => target.form?.matches(DRAFTED) && keep(target.form))
}
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement
  if (form.matches(DRAFTED) && ctx.request.method !== "GET" && ctx.response.status < 400 && !ctx.pressed.writtenOn) saved(form)
})
document.addEventListener("htmx:after:swap", settle)
document.addEventListener("ringback:unsent", () => {
  for (const form of document.querySelectorAll(DRAFTED)) {
    const draft = read(keyOf(form))
    if (draft && (waitsOf(keyOf(form)) || form.querySelector(".kept"))) tell(form, draft.at)
  }
})
localStorage.removeItem(taken())
expire()
settle()
