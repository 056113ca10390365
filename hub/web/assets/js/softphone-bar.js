// The bar of the softphone on every page: how it is, and what can be done in a call. The telephone itself is a window of its own.
//   [data-softphone]        the bar; see softphone/face.js for what stands in it
//   [data-open-softphone]   opens the window, a link without scripts; shown while no window is the telephone
//   <body>'s words          "closed": what the bar says then
import { show } from "./softphone/face.js"
import { hear, tell } from "./windows.js"

const LOCK = "ringback:softphone", LOOK = 2_000, SIZE = "popup,width=380,height=640"
const bar = document.querySelector("[data-softphone]"), opens = bar.querySelector("[data-open-softphone]")
const CLOSED = { line: "closed", words: bar.dataset.closed, call: null, trouble: "" }
let asked = false

// The lock says whether a window is the telephone, also of one that ended without a word.
async function look() {
  const open = (await navigator.locks.query()).held.some(({ name }) => name === LOCK)
  opens.hidden = open
  if (!open) show(bar, CLOSED)
  else if (!asked) tell("softphone-ask")
  asked = open
}

hear("softphone", state => (asked = true, opens.hidden = true, show(bar, state)))
bar.addEventListener("click", event => {
  const press = event.target.closest("[data-press]")
  if (press) tell("softphone-press", press.dataset.press)
  if (!event.target.closest("[data-open-softphone]")) return
  event.preventDefault()
  open("/softphone", "ringback-softphone", SIZE)
})
setInterval(look, LOOK)
addEventListener("pageshow", look)
look()
