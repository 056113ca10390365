// Where what had the focus is not in what comes in its place, or cannot be pressed there, the focus goes to the button or
// link that stands there now, or to the next one, at the end to the one before: whoever works by keys or ears stays where he
// was. No field is chosen, which would open the keys of a telephone.
const STOPS = ":is(a[href], button, summary):not([tabindex='-1'], :disabled)"
let held, room, before

const isThere = stop => stop.isConnected && stop.checkVisibility({ visibilityProperty: true })
const follows = (one, other) => one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING

document.addEventListener("htmx:before:swap", () => {
  if (document.activeElement === document.body) return
  held = document.activeElement
  room = held.closest("main, dialog") ?? document
  before = [...document.querySelectorAll(STOPS)].filter(each => follows(each, held)).reverse()
})

// Whoever has a place of his own for it comes first.
document.addEventListener("htmx:after:swap", () => setTimeout(() => {
  if (held && [document.body, held].includes(document.activeElement) && (!held.isConnected || held.matches(":disabled"))) {
    const last = held.isConnected ? held : before.find(isThere)
    const next = [...room.querySelectorAll(STOPS)].find(each => isThere(each) && (!last || follows(last, each)))
    ;(next ?? last)?.focus()
  }
  held = undefined
}))
