// What could not be sent is kept and sent as soon as the hub answers again, also after a reload, a restart or a new sign-in.
// Every change carries an Idempotency-Key (deeds.js), so one that had arrived after all is not done twice.
//   a form of drafts.js that has fields           waits in unsent-queue.js when there is no contact, or nobody is signed in
//   <form data-once>                              also one without: what is pressed later takes the place of what waits
// A form that adds something is empty again and what it said waits; of one that changes something the last words wait.
// Events: ringback:connected, ringback:signed-in and ringback:try-again send; ringback:signed-out asks to sign in;
// ringback:queued is told, with what was sent, to a form that is empty again.
import { AWAY, onTheirWay } from "./deeds.js"
import { keyOf, read } from "./drafts-store.js"
import { saved } from "./drafts.js"
import { refresh } from "./fragments.js"
import { DRAFTED, differing, fieldsOf, spoken } from "./typed.js"
import { all, alter, drop, isThere, store, waitsOf } from "./unsent-queue.js"
import { say, toast } from "./words.js"

const SIGNED_OUT = 401
const LATER = new Set([408, 425, 429])
const formOf = source => source.matches(DRAFTED) ? source : null
const typedNow = draft => JSON.stringify(draft?.values)

function queue({ request, sourceElement, pressed }) {
  const form = formOf(sourceElement), { action, method, body, headers } = request
  if (!form || method === "GET" || body instanceof FormData) return false
  if (!fieldsOf(form).length && !("once" in form.dataset)) return false
  const id = headers["Idempotency-Key"], one = { ...pressed, id, action, method, body: String(body ?? ""), at: Date.now() }
  const others = all().filter(each => each.id !== id && (one.adds || each.key !== one.key || each.adds || each.refused !== undefined))
  if (!store([...others, one])) return false
  if (form.dataset.sending === id) delete form.dataset.sending
  if (!one.adds || spoken(form) !== one.words) return true // written on since then
  saved(form)
  form.dispatchEvent(new CustomEvent("ringback:queued", { detail: body }))
  return true
}

async function send({ action, method, body, id }) {
  const headers = { "HX-Request": "true", "Idempotency-Key": id, "Content-Type": "application/x-www-form-urlencoded" }
  return fetch(action, { method, body: body || undefined, headers })
}

function done(one) {
  drop(one.id)
  if (one.adds || typedNow(read(one.key)) !== typedNow(one.draft)) return // written on since then
  const form = [...document.forms].find(form => form.matches(DRAFTED) && keyOf(form) === one.key)
  if (form) saved(form)
  else localStorage.removeItem(one.key)
}

async function flush() {
  for (const one of all()) {
    if (one.refused !== undefined || !isThere(one.id)) continue // taken back meanwhile
    const answer = await send(one).catch(() => null)
    if (answer?.status === SIGNED_OUT) return document.dispatchEvent(new CustomEvent("ringback:signed-out"))
    if (!answer || answer.status >= AWAY || LATER.has(answer.status)) return
    const told = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-toast]")
    if (answer.ok) done(one)
    else alter(one.id, { refused: told?.querySelector("p")?.textContent.trim() ?? "" })
    if (told) document.querySelector("[data-toasts]").append(told)
    refresh()
  }
}

// One after the other, also of other windows: what was pressed or kept while one goes on is met by the next.
const flushAlone = () => navigator.locks ? navigator.locks.request("ringback:flush", flush) : flush()

document.addEventListener("htmx:before:response", event => {
  const { ctx } = event.detail
  if (ctx.response.status !== SIGNED_OUT) return
  event.preventDefault()
  queue(ctx)
  document.dispatchEvent(new CustomEvent("ringback:signed-out"))
})
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.response.status >= AWAY) queue(ctx)
})
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (!ctx || ctx.request.method === "GET") return
  const kept = queue(ctx)
  toast(say(kept ? "queued" : "unsent"), { refused: !kept })
})
for (const kind of ["input", "change"]) document.addEventListener(kind, ({ target: { form } }) => {
  const one = form?.matches(DRAFTED) && waitsOf(keyOf(form))
  if (one && !differing(form).length) drop(one.id) // as it was before
})
for (const event of ["ringback:connected", "ringback:signed-in", "ringback:try-again"]) document.addEventListener(event, flushAlone)
addEventListener("pagehide", () => onTheirWay().forEach(queue))
