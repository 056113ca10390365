// A finger drags what a mouse drags: a long press lifts a card, moving carries it, letting go drops it, a second finger or Escape
// leaves it where it was. A finger that moves at once scrolls, as everywhere. Near an edge the board scrolls along. Whoever
// listens hears dragstart, dragover, drop and dragend, as of a mouse (see board.js).
//   <div data-board>  [draggable=true]
const LONG = 400, SLACK = 10, EDGE = 40, PACE = 0.45 // milliseconds, pixels, and pixels a millisecond
let press, held, timer

const box = () => press.card.closest("[data-board]")
const under = () => document.elementFromPoint(press.x, press.y)
const event = kind => new DragEvent(kind, { bubbles: true, cancelable: true, clientX: press.x, clientY: press.y, dataTransfer: new DataTransfer() })
const tell = (kind, place) => place?.dispatchEvent(event(kind))

function lift() {
  if (!press.card.isConnected) return letGo(false)
  held = press.card
  Object.assign(press, { fromX: press.x, fromY: press.y, left: box().scrollLeft, top: scrollY })
  tell("dragstart", held)
  held.style.pointerEvents = "none" // what is under the finger is what is under the card
  box().style.scrollSnapType = "none"
  navigator.vibrate?.(10)
  drift(performance.now())
}

function carry() {
  held.style.translate = `${press.x - press.fromX + box().scrollLeft - press.left}px ${press.y - press.fromY + scrollY - press.top}px`
  tell("dragover", under())
}

function drift(before) {
  if (!held) return
  const now = performance.now(), step = Math.round(Math.min(50, now - before) * PACE)
  const way = (at, length) => at < EDGE ? -step : at > length - EDGE ? step : 0
  const aside = way(press.x, innerWidth), down = way(press.y, innerHeight)
  if (aside || down) {
    box().scrollLeft += aside
    scrollBy(0, down)
    carry()
  }
  requestAnimationFrame(() => drift(now))
}

function letGo(drops) {
  clearTimeout(timer)
  if (press) press.card.draggable = true
  if (held) {
    const place = drops && under()
    held.style.translate = held.style.pointerEvents = box().style.scrollSnapType = ""
    if (place) tell("drop", place)
    tell("dragend", held)
  }
  press = held = undefined
}

document.addEventListener("touchstart", ({ target, touches }) => {
  letGo(false)
  const card = target.closest?.("[data-board] [draggable=true]"), [touch] = touches
  if (!card || touches.length > 1) return
  press = { card, x: touch.clientX, y: touch.clientY }
  card.draggable = false // the browser would lift it too
  timer = setTimeout(lift, LONG)
}, { passive: true })
document.addEventListener("touchmove", event => {
  if (!press) return
  const [{ clientX: x, clientY: y }] = event.touches
  if (!held) return Math.hypot(x - press.x, y - press.y) > SLACK && letGo(false)
  event.preventDefault()
  Object.assign(press, { x, y })
  carry()
}, { passive: false })
document.addEventListener("touchend", event => {
  if (held) event.preventDefault() // it was no press of the link
  letGo(true)
}, { passive: false })
document.addEventListener("touchcancel", () => letGo(false))
document.addEventListener("keydown", ({ key }) => key === "Escape" && letGo(false))
document.addEventListener("contextmenu", event => press && event.preventDefault())
