// Tells of what happens, by the ways that the person chose, also while the page is hidden; never in quiet hours.
//   <body data-told='{"alarm": ["page", "browser", "sound"], "task": ["page"]}'
//         data-quiet='{"since": "22:00", "until": "07:00", "days": [0, 1]}' data-zone="Europe/Stockholm">     Monday is 0
//   [data-alarm="9"][data-unseen]      an alarm rings once, when it stands there unseen; so does a notice of a task with a reason
//   .rings[data-call="7"][data-says]   a call rings once; its browser notice leads back to the page that is open
//   [data-ring]                        lets one hear the sound
// Of several windows one rings: the first that took the lock. <html data-silent> hides alarms in quiet hours.
import { isQuiet } from "./quiet.js"
import { say, toast } from "./words.js"

const told = JSON.parse(document.body.dataset.told ?? "{}")
const RUNG = "ringback:rung", MOST = 200
const OWN = 2000 // milliseconds after a change of our own
let alone = !navigator.locks, changedAt = 0

navigator.locks?.request("ringback:ring", () => (alone = true, new Promise(() => {})))

function chime() {
  const context = new AudioContext(), start = context.currentTime
  for (const [number, pitch] of [660, 880].entries()) {
    const tone = context.createOscillator(), loudness = context.createGain(), at = start + number * 0.18
    tone.frequency.value = pitch
    loudness.gain.setValueAtTime(0.2, at)
    loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.35)
    tone.connect(loudness).connect(context.destination)
    tone.start(at)
    tone.stop(at + 0.4)
  }
  setTimeout(() => context.close(), 1000)
}

function notify(words, key, href) {
  if (globalThis.Notification?.permission !== "granted" || document.visibilityState === "visible") return
  const notification = new Notification("Ringback", { body: words, tag: key })
  notification.onclick = () => (focus(), href && location.assign(href))
}

function isNew(key) {
  const rung = JSON.parse(localStorage.getItem(RUNG) ?? "[]")
  if (rung.includes(key)) return false
  localStorage.setItem(RUNG, JSON.stringify([...rung, key].slice(-MOST)))
  return true
}

function ring(occasion, key, words, href) {
  const ways = told[occasion] ?? []
  if (isQuiet() || !alone || !isNew(key)) return
  if (ways.includes("browser")) notify(words, key, href)
  if (ways.includes("sound")) chime()
}

function lookAtAlarms() {
  document.documentElement.toggleAttribute("data-silent", isQuiet() || !told.alarm?.includes("page"))
  for (const alarm of document.querySelectorAll("#alarms [data-alarm][data-unseen]")) {
    const title = alarm.querySelector("h2 a")
    ring("alarm", `alarm ${alarm.dataset.alarm}`, title.textContent, title.href)
  }
}

function lookAtCalls() {
  for (const { dataset } of document.querySelectorAll("#popups .rings[data-call]")) ring("call", `call ${dataset.call}`, dataset.says, "")
}

document.addEventListener("ringback:notice", ({ detail: { kind, id, why } }) => {
  if (kind !== "task" || !why) return
  const words = say("given", { what: why })
  if (Date.now() - changedAt < OWN) return // this window made it itself
  if (told.task?.includes("page") && !isQuiet()) toast(words, { href: `/tasks/${id}`, about: `task ${id}` })
  ring("task", `task ${id} ${why}`, words, `/tasks/${id}`)
})
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => { if (ctx.request.method !== "GET") changedAt = Date.now() })
document.addEventListener("htmx:after:swap", () => (lookAtAlarms(), lookAtCalls()))
document.addEventListener("click", ({ target }) => target.closest("[data-ring]") && chime())
setInterval(lookAtAlarms, 30_000)
lookAtAlarms()
