// What could not be sent is kept and sent as soon as the hub answers again, also after a reload, a restart or a new sign-in.
// Every change carries an Idempotency-Key, so one that had arrived after all is not done twice.
//   a form of drafts.js that has fields           is queued in this browser when there is no contact, or nobody is signed in
//   [data-unsent]                                 shows how many wait
// Events: ringback:connected and ringback:signed-in send; ringback:signed-out asks to sign in.
import { keyOf, read, saved } from "./drafts.js"
import { refresh } from "./fragments.js"
import { DRAFTED, fieldsOf } from "./typed.js"
import { say, toast } from "./words.js"

const KEY = `ringback:unsent:${document.body.dataset.me}`
const AWAY = 503, SIGNED_OUT = 401
const all = () => JSON.parse(localStorage.getItem(KEY) ?? "[]")
const bodies = new WeakMap()
const formOf = source => source.matches(DRAFTED) ? source : null
const typedNow = key => JSON.stringify(read(key)?.values)
const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, "0")).join("")

function store(queue) {
  localStorage.setItem(KEY, JSON.stringify(queue))
  for (const place of document.querySelectorAll("[data-unsent]")) place.textContent = queue.length ? say("waiting", { n: queue.length }) : ""
}

function queue({ request, sourceElement }) {
  const form = formOf(sourceElement)
  if (!form || request.method === "GET" || !fieldsOf(form).length || request.body instanceof FormData) return false
  const { action, method } = request, key = keyOf(form)
  const others = all().filter(one => one.key !== key)
  store([...others, { key, action, method, body: String(request.body ?? ""), id: form.dataset.sending, typed: typedNow(key) }])
  return true
}

async function send({ action, method, body, id }) {
  const headers = { "HX-Request": "true", "Idempotency-Key": id, "Content-Type": "application/x-www-form-urlencoded" }
  return fetch(action, { method, body: body || undefined, headers })
}

function done(one) {
  store(all().filter(other => other.id !== one.id))
  if (typedNow(one.key) !== one.typed) return // written on since then
  const form = [...document.forms].find(form => form.matches(DRAFTED) && keyOf(form) === one.key)
  if (form) saved(form)
  else localStorage.removeItem(one.key)
}

async function flush() {
  for (const one of all()) {
    const answer = await send(one).catch(() => null)
    if (answer?.status === SIGNED_OUT) return document.dispatchEvent(new CustomEvent("ringback:signed-out"))
    if (!answer || answer.status >= AWAY) return
    if (answer.ok) done(one)
    else store(all().filter(other => other.id !== one.id)) // refused: the draft stays, the words say why
    document.querySelector("[data-toasts]").insertAdjacentHTML("beforeend", await answer.text())
    refresh()
  }
}

const flushAlone = () => navigator.locks ? navigator.locks.request("ringback:flush", { ifAvailable: true }, lock => lock && flush()) : flush()

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const form = formOf(ctx.sourceElement)
  if (!form || ctx.request.method === "GET") return
  const body = String(new URLSearchParams(ctx.request.body))
  if (bodies.get(form) !== body) delete form.dataset.sending // other words are another deed
  bodies.set(form, body)
  ctx.request.headers["Idempotency-Key"] = form.dataset.sending ||= random()
})
document.addEventListener("htmx:before:response", event => {
  const { ctx } = event.detail
  if (ctx.response.status !== SIGNED_OUT) return
  event.preventDefault()
  queue(ctx)
  document.dispatchEvent(new CustomEvent("ringback:signed-out"))
})
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const form = formOf(ctx.sourceElement)
  if (!form) return
  if (ctx.response.status === AWAY) queue(ctx)
  else delete form.dataset.sending
})
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (!ctx || ctx.request.method === "GET") return
  const kept = queue(ctx)
  toast(say(kept ? "queued" : "unsent"), { refused: !kept })
})
for (const event of ["ringback:connected", "ringback:signed-in"]) document.addEventListener(event, flushAlone)
addEventListener("storage", ({ key }) => key === KEY && store(all()))
store(all())
