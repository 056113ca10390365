// A finger drags what a mouse drags: a long press lifts it, moving carries it, letting go drops it. A finger that moves at once
// scrolls, as everywhere. Whoever listens hears dragstart, dragover, drop and dragend, as of a mouse.
//   <div data-board> or <div data-diary>  [draggable=true]
const LONG = 400, SLACK = 10, EDGE = 40, STEP = 12 // milliseconds, and pixels
let press, held, timer

const box = () => press.card.closest("[data-board], [data-diary]")
const under = () => document.elementFromPoint(press.x, press.y)
const tell = (kind, place) => place?.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, clientX: press.x, clientY: press.y, dataTransfer: new DataTransfer() }))

function lift() {
  held = press.card
  Object.assign(press, { fromX: press.x, fromY: press.y, left: box().scrollLeft, top: scrollY })
  tell("dragstart", held)
  held.style.pointerEvents = "none" // what is under the finger is what is under the card
  box().style.scrollSnapType = "none"
  navigator.vibrate?.(10)
  drift()
}

function carry() {
  held.style.translate = `${press.x - press.fromX + box().scrollLeft - press.left}px ${press.y - press.fromY + scrollY - press.top}px`
  tell("dragover", under())
}

function drift() {
  if (!held) return
  const way = (at, length) => at < EDGE ? -STEP : at > length - EDGE ? STEP : 0
  const aside = way(press.x, innerWidth), down = way(press.y, innerHeight)
  if (aside || down) {
    box().scrollLeft += aside
    scrollBy(0, down)
    carry()
  }
  requestAnimationFrame(drift)
}

function letGo(drops) {
  clearTimeout(timer)
  if (press) press.card.draggable = true
  if (held) {
    const place = drops && under()
    held.style.translate = held.style.pointerEvents = box().style.scrollSnapType = ""
    tell("drop", place)
    tell("dragend", held)
  }
  press = held = undefined
}

document.addEventListener("touchstart", event => {
  letGo(false)
  const card = event.target.closest?.("[data-board] [draggable=true], [data-diary] [draggable=true]"), [touch] = event.touches
  if (!card || event.touches.length > 1) return
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
document.addEventListener("contextmenu", event => press && event.preventDefault())
