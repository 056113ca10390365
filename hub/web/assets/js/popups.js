// The calls above every page: fragment /popups. They never take the focus; what is typed there stays when they are asked for again.
//   [data-call="7"][data-says]     a call; while it has the class "rings" it is said once, and stands in the title
//   [data-digit="3"]               what the digit presses, in the call in focus, else in the first that has one
//   [data-called]                  the region that speaks
// F2 goes to the call and back to where one was; Escape goes back.
import { mark } from "./title.js"
import { differing } from "./typed.js"

const WRITING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]"
const BLINK = 1_000, SAID = "ringback:called", MOST = 50
const box = () => document.getElementById("popups")
const spoken = document.querySelector("[data-called]")
const still = matchMedia("(prefers-reduced-motion: reduce)")
let from, blinking, shown = false

function enter() {
  const call = box()?.querySelector("[data-call]")
  if (!call) return false
  from = document.activeElement
  call.focus()
  return true
}

function leave() {
  if (!box()?.contains(document.activeElement)) return false
  document.activeElement.blur()
  if (from?.isConnected && from !== document.body) from.focus()
  return true
}

function press(digit) {
  const here = document.activeElement?.closest("[data-call]")
  const target = (here ?? box())?.querySelector(`[data-digit="${digit}"]`)
  target?.click()
  return Boolean(target)
}

function isNew(id) {
  const said = JSON.parse(sessionStorage.getItem(SAID) ?? "[]")
  if (said.includes(id)) return false
  sessionStorage.setItem(SAID, JSON.stringify([...said, id].slice(-MOST)))
  return true
}

function look() {
  const ringing = [...document.querySelectorAll("#popups .rings[data-call]")]
  const news = ringing.filter(({ dataset }) => isNew(dataset.call))
  if (news.length) spoken.textContent = news.map(({ dataset }) => dataset.says).join(". ")
  else if (!ringing.length) spoken.textContent = ""
  clearInterval(blinking)
  shown = ringing.length > 0
  mark("call", shown ? spoken.dataset.called : "")
  if (shown && !still.matches) blinking = setInterval(() => mark("call", (shown = !shown) ? spoken.dataset.called : ""), BLINK)
}

function dirty({ target }) {
  if (target.form?.closest("#popups")) target.form.toggleAttribute("data-dirty", differing(target.form).length > 0)
}

document.addEventListener("keydown", event => {
  const { key, target } = event
  if (event.isComposing || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
  if (key === "F2" && (leave() || enter())) return event.preventDefault()
  if (key === "Escape" && leave()) return event.preventDefault()
  if (!/^[1-9]$/.test(key) || target.closest(WRITING) || target.closest("dialog")) return
  if ("letters" in document.documentElement.dataset && press(key)) event.preventDefault()
})
for (const kind of ["input", "change"]) document.addEventListener(kind, dirty)
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement
  if (!form.closest?.("#popups") || ctx.request.method === "GET" || ctx.response.status >= 400 || ctx.pressed?.writtenOn) return
  form.removeAttribute("data-dirty")
  form.reset()
})
document.addEventListener("htmx:after:swap", look)
look()
