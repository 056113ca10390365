// Clocks that run: <time class="clock" data-state data-due="…Z" data-started="…Z" data-says="Call back Karin"><i></i><span>7:11</span></time>.
// They tick by themselves, need no server, and never speak, but for two times: five minutes left, and late, said once
// into the polite region [data-spoken].
import { hubNow } from "./clock.js"
import { say } from "./words.js"

const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR
const WARN = 5 * MINUTE
const spoken = new Map()

const two = number => String(number).padStart(2, "0")

export function left(span) {
  const minutes = Math.floor(Math.abs(span) / MINUTE)
  if (span < 0) return say("late", { time: length(Math.max(1, minutes)) })
  return span < 10 * MINUTE ? `${minutes}:${two(Math.floor(span / 1000) % 60)}` : length(minutes)
}

function length(minutes) {
  if (minutes < 60) return say("minutes", { n: minutes })
  if (minutes < 24 * 60) return say("hours", { n: Math.floor(minutes / 60), m: two(minutes % 60) })
  return say("days", { n: Math.floor(minutes / (24 * 60)) })
}

function stateOf(span, share) {
  if (span < 0) return "late"
  return share < 0.25 || span < 10 * MINUTE ? "soon" : "ok"
}

function tick() {
  const now = hubNow()
  for (const clock of document.querySelectorAll(".clock[data-due]")) {
    const due = Date.parse(clock.dataset.due), span = due - now
    if (span > DAY) continue // the day stands there in words
    const share = span / Math.max(1, due - Date.parse(clock.dataset.started))
    show(clock, span, share)
    speak(clock, span)
  }
}

function show(clock, span, share) {
  clock.dataset.state = stateOf(span, share)
  clock.style.setProperty("--p", Math.max(0, Math.min(1, share)).toFixed(3))
  const words = clock.lastElementChild
  if (words.textContent !== left(span)) words.textContent = left(span)
}

function speak(clock, span) {
  const { says, due } = clock.dataset
  if (!says) return
  const key = `${says} ${due}`, stage = span < 0 ? "late" : span < WARN ? "five" : "calm"
  const before = spoken.get(key)
  spoken.set(key, stage)
  if (!before || before === stage || stage === "calm") return // what was so when the page opened is not news
  const line = document.createElement("p")
  line.textContent = say(stage === "late" ? "spoken_late" : "spoken_five", { what: says })
  document.querySelector("[data-spoken]")?.replaceChildren(line)
}

document.addEventListener("htmx:after:swap", tick)
setInterval(tick, 1000)
tick()
