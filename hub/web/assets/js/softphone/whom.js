// To whom a call is handed on: the hub finds colleagues by name or extension, and takes a number outside as it is dialled.
//   [data-whom]                      what is typed;  [data-whoms]  takes the hub's list
//   [data-ask="102"][data-who="…"]   rings him while the customer waits;  [data-give="102"]  gives him the customer at once
import { ask, handOn } from "./transfer.js"

const PAUSE = 150 // milliseconds after the last key
const field = document.querySelector("[data-whom]"), list = document.querySelector("[data-whoms]")
let waiting, asked = 0

async function find() {
  const mine = ++asked
  try {
    const answer = await fetch(`/softphone/colleagues?q=${encodeURIComponent(field.value)}`, { headers: { "HX-Request": "true" } })
    if (answer.ok && mine === asked) list.innerHTML = await answer.text() // the hub's own template, from where this page comes
  } catch { /* what was found before stands */ }
}

function begun(act, number, who) {
  act(number, who)
  list.closest("details").open = false
  field.value = ""
}

export function watchWhom() {
  field.addEventListener("input", () => (clearTimeout(waiting), waiting = setTimeout(find, PAUSE)))
  field.closest("details").addEventListener("toggle", ({ target }) => target.open && (find(), field.focus()))
  list.addEventListener("click", ({ target }) => {
    const { ask: toAsk, give, who } = target.closest("[data-who]")?.dataset ?? {}
    if (toAsk) begun(ask, toAsk, who)
    if (give) begun(handOn, give, who)
  })
}
