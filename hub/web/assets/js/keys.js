// Keys. Single letters act on the row in focus, then on the page, and are off while somebody writes.
//   [data-row]              a row; its first link or button takes the focus when J and K walk
//   [data-key="e"]          what the letter presses in the row in focus; with [data-everywhere], from anywhere on the page
//   [data-sheet]            the sheet of keys, opened by ?
//   [data-find]             the field that / goes to
//   [data-letters]          a switch that turns single letters off (kept in this browser)
const KEY = "ringback:letters"
const WRITING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]"
const visible = element => element.checkVisibility()
const rows = () => [...document.querySelectorAll("[data-row]")].filter(visible)
const current = () => document.activeElement?.closest("[data-row]")
const lettersOn = () => localStorage.getItem(KEY) !== "off"

let last = 0 // where the focus was: a row that is done goes away from under it

function walk(step) {
  const all = rows(), at = all.indexOf(current())
  const next = at < 0 ? all[Math.min(last, all.length - 1)] : all[at + step]
  next?.querySelector("a:not(.clock), button")?.focus()
  next?.scrollIntoView({ block: "nearest" })
}

function press(key) {
  const selector = `[data-key="${key}"]`
  const target = current()?.querySelector(selector) ?? document.querySelector(`${selector}[data-everywhere]`)
  target?.click()
  return Boolean(target)
}

function act(key) {
  if (key === "j") return walk(1), true
  if (key === "k") return walk(-1), true
  if (key === "?") return document.querySelector("[data-sheet]")?.togglePopover(), true
  if (key === "/") return document.querySelector("[data-find]")?.focus(), true
  return /^[a-z]$/.test(key) && press(key)
}

document.addEventListener("focusin", () => {
  if (current()) last = rows().indexOf(current())
})
document.addEventListener("keydown", event => {
  const { key, target } = event
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return
  if (key === "Escape" && target.matches("[data-find]")) return target.blur()
  if (target.closest(WRITING) || !lettersOn()) return
  if (act(key.toLowerCase())) event.preventDefault()
})

for (const box of document.querySelectorAll("[data-letters]")) {
  box.checked = lettersOn()
  box.addEventListener("change", () => localStorage.setItem(KEY, box.checked ? "on" : "off"))
}
