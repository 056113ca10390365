// The note of a call, saved while one types. drafts.js keeps it in this browser from the first letter; here each draft is sent
// as soon as the hub can be reached, also when its call has left the page, in another window, or after a night.
//   <form data-note action="/popups/7/note">     its textarea; while it differs from what the hub has, the form has data-dirty
// The hub answers with what it keeps: what another window added meanwhile is in it.
import { keyOf, read } from "./drafts-store.js"
import { forget } from "./drafts.js"
import { refresh } from "./fragments.js"

const PAUSE = 700
const NOTE = new RegExp(`^ringback:draft:${document.body.dataset.me}:(/popups/\\d+/note)$`)
const SIGNED_OUT = 401
const refused = new Set() // said no to: the draft stays, and is shown where its form is
let waiting, sending = false

const forms = () => [...document.querySelectorAll("form[data-note]")]
const drafts = () => Object.keys(localStorage).filter(key => NOTE.test(key) && !refused.has(key))

function soon() {
  clearTimeout(waiting)
  waiting = setTimeout(flush, PAUSE)
}

async function flush() {
  if (sending) return soon()
  sending = true
  try {
    for (const key of drafts()) if (!await send(key)) return
  } finally { sending = false }
}

async function send(key) {
  const [text, was] = read(key)?.values["text:1"] ?? []
  if (text === undefined) return true
  const body = new URLSearchParams({ text, was }), headers = { "HX-Request": "true" }
  const answer = await fetch(key.match(NOTE)[1], { method: "POST", body, headers, keepalive: body.toString().length < 60_000 }).catch(() => null)
  if (answer?.status === SIGNED_OUT) document.dispatchEvent(new CustomEvent("ringback:signed-out"))
  else if (answer?.ok) settle(key, text, await answer.text())
  else if (answer && answer.status < 500) refused.add(key)
  return Boolean(answer?.ok || refused.has(key))
}

// What was typed while it was sent stands behind what is kept, and goes next.
function settle(key, sent, kept) {
  const form = forms().find(each => keyOf(each) === key), field = form?.elements.text
  if (read(key)?.values["text:1"]?.[0] === sent) localStorage.removeItem(key)
  if (!form) return
  const typed = field.value, rest = typed.startsWith(sent) ? typed.slice(sent.length) : ""
  const follows = typed === sent || rest
  form.elements.was.value = field.defaultValue = follows ? kept : sent
  if (follows) show(field, kept + rest)
  if (field.value === kept) return settled(form)
  field.dispatchEvent(new Event("input", { bubbles: true }))
}

// While it was dirty it was left out of what came meanwhile.
function settled(form) {
  forget(form)
  form.removeAttribute("data-dirty")
  refresh((_, part) => part.contains(form))
}

function show(field, words) {
  const { selectionStart, selectionEnd } = field, behind = field.value.length - selectionEnd
  if (words === field.defaultValue) field.form.reset() // from now on it shows again what other windows write
  else field.value = words
  const end = selectionEnd === selectionStart ? words.length - behind : selectionEnd
  if (document.activeElement === field) field.setSelectionRange(Math.min(selectionStart, end), end)
}

document.addEventListener("input", ({ target }) => target.form?.matches("[data-note]") && soon())
document.addEventListener("submit", event => {
  if (!event.target.matches("[data-note]")) return
  event.preventDefault()
  flush()
})
document.addEventListener("htmx:after:swap", () => {
  for (const form of forms()) form.toggleAttribute("data-dirty", form.elements.text.value !== form.elements.text.defaultValue)
  if (drafts().length) soon()
})
document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && flush())
for (const event of ["ringback:connected", "ringback:signed-in"]) document.addEventListener(event, flush)
if (drafts().length) soon()
