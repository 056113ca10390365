// My open alarms, shown above every page (fragment /alarms/mine). They are state: a refresh shows them again.
//   [data-alarm="9"]     an alarm; [data-unseen] until somebody looked at it
// Looked at means: on the screen of a window that has the focus for two seconds, or clicked, or reached by keyboard.
import { mark } from "./title.js"

const LOOK = 2_000
const watched = new Map()

function seen(alarm) {
  if (!("unseen" in alarm.dataset)) return
  delete alarm.dataset.unseen
  fetch(`/alarms/${alarm.dataset.alarm}/seen`, { method: "POST", headers: { "HX-Request": "true" }, keepalive: true })
    .catch(() => { alarm.dataset.unseen = "" })
}

function look() {
  const unseen = new Set(document.querySelectorAll("[data-alarm][data-unseen]"))
  const looking = document.hasFocus() && document.visibilityState === "visible"
  for (const alarm of watched.keys()) if (!unseen.has(alarm) || !looking) watched.delete(alarm)
  if (!looking) return
  for (const alarm of unseen) {
    const since = watched.get(alarm) ?? Date.now()
    watched.set(alarm, since)
    if (Date.now() - since >= LOOK) seen(alarm)
  }
}

function countInTitle() {
  const open = document.querySelectorAll("#alarms [data-alarm]").length
  mark("alarms", open ? `(${open})` : "")
}

for (const kind of ["click", "focusin"]) {
  document.addEventListener(kind, event => {
    const alarm = event.target.closest?.("[data-alarm]")
    if (alarm) seen(alarm)
  })
}
document.addEventListener("htmx:after:swap", countInTitle)
setInterval(look, 500)
