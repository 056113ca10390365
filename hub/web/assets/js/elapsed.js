// How long something lasts, counted from the moment at which it began: <time data-elapsed datetime="…Z">3:12</time>. It is
// worked out anew each second, so it is right after sleep. It never speaks.
//   data-within="20"     seconds that are right: after half of them it gets data-state soon, behind them late
import { hubNow } from "./clock.js"

const two = number => String(number).padStart(2, "0")

function lasting(span) {
  const seconds = Math.max(0, Math.floor(span / 1000)), minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60)
  return hours ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

function tick() {
  for (const place of document.querySelectorAll("[data-elapsed]")) {
    const span = hubNow() - Date.parse(place.dateTime), words = lasting(span), within = Number(place.dataset.within) * 1000
    if (place.textContent !== words) place.textContent = words
    if (within) place.dataset.state = span > within ? "late" : span > within / 2 ? "soon" : "ok"
  }
}

document.addEventListener("htmx:after:swap", tick)
document.addEventListener("visibilitychange", tick)
setInterval(tick, 1000)
tick()
