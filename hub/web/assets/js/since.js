// Clocks that count up: <time class="since" data-since="…Z" data-within="20">0:12</time>.
// They tick by themselves, need no server, and never speak. With data-within, seconds, they get data-state soon after half
// of it, and late behind it.
import { hubNow } from "./countdown.js"

const two = number => String(number).padStart(2, "0")

function lasts(seconds) {
  const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60, rest = two(Math.floor(seconds) % 60)
  return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`
}

function tick() {
  for (const clock of document.querySelectorAll(".since[data-since]")) {
    const seconds = Math.max(0, (hubNow() - Date.parse(clock.dataset.since)) / 1000), within = Number(clock.dataset.within)
    const words = lasts(seconds)
    if (clock.textContent !== words) clock.textContent = words
    if (within) clock.dataset.state = seconds > within ? "late" : seconds > within / 2 ? "soon" : "ok"
  }
}

document.addEventListener("htmx:after:swap", tick)
setInterval(tick, 1000)
tick()
