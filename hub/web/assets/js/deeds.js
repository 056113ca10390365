// A change has a key of its own, from its press until its answer. The same words pressed meanwhile are the same deed, others go
// after it; of what is on its way as the page goes, unsent.js takes care.
//   <form method="post">, <button data-deed>
//   Idempotency-Key     stays with a deed that is tried again since nobody answered
//   ctx.pressed         { key, draft, words, adds } of the form as it was then; { writtenOn } since, known with the answer
import { keyOf, read } from "./drafts-store.js"
import { CHANGES, adds, fieldsOf, spoken, typed } from "./typed.js"

export const AWAY = 502 // and more: nobody answered
const DEEDS = `${CHANGES}, [data-deed]`
const bodies = new WeakMap(), asks = new WeakMap(), ways = new Set()
export const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, "0")).join("")
export const standing = form => JSON.stringify(fieldsOf(form).map(([name, field]) => [name, typed(field)]))
const isOnItsWay = (form, id) => onTheirWay().some(({ sourceElement, request }) => sourceElement === form && request.headers["Idempotency-Key"] === id)

export const asked = form => [form.getAttribute("action") ?? "", ...form.querySelectorAll("[type=hidden]")].map(each => each.value ?? each).join()

export const onTheirWay = () => [...ways]

document.addEventListener("htmx:config:request", event => {
  const { ctx } = event.detail, { request, sourceElement: form } = ctx
  if (!form.matches(DEEDS) || request.method === "GET") return
  const body = String(new URLSearchParams(request.body))
  if (bodies.get(form) !== body) delete form.dataset.sending // other words are another deed
  bodies.set(form, body)
  asks.set(form, asked(form))
  const id = form.dataset.sending ||= random()
  if (isOnItsWay(form, id)) return event.preventDefault()
  request.headers["Idempotency-Key"] = id
  if (!form.matches(CHANGES)) return
  form.setAttribute("hx-sync", "queue all")
  ctx.pressed = { key: keyOf(form), draft: read(keyOf(form)), words: spoken(form), adds: request.method === "POST" && adds(form), stood: standing(form) }
  ctx.fetch = (...asked) => fetch(...asked).finally(() => ways.delete(ctx))
  ways.add(ctx)
})
document.addEventListener("htmx:after:swap", () => { // what asked for something else meanwhile is another deed, also once it asks for the same again
  for (const form of document.querySelectorAll("form[data-sending]")) if (asks.get(form) !== asked(form)) delete form.dataset.sending
})
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const { pressed, sourceElement: form, request, response } = ctx, id = request.headers["Idempotency-Key"]
  if (pressed) pressed.writtenOn = pressed.stood !== standing(form)
  if (id && response.status < AWAY && form.dataset.sending === id) delete form.dataset.sending
})
