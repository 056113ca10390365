// Keys. Single letters act on the row in focus, then on the page, and are off while somebody writes. What there is stands in
// hub/web/keyboard.py, which the sheet behind ? shows.
//   [data-row]              a row; its first link or button takes the focus when J and K walk
//   [data-key="e"]          what the letter presses in the row in focus; with [data-everywhere], from anywhere on the page
//   [data-go="t"]           where G and then the letter lead
//   [data-find]             the field that / goes to
//   <html data-letters>     single letters are switched on; [data-letters-switch] turns them on and off
import { open } from "./dialog.js"

const WRITING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]"
const SECOND = 500 // how long G waits for its second letter
const root = document.documentElement
const visible = element => element.checkVisibility()
const rows = () => [...document.querySelectorAll("[data-row]")].filter(visible)
const current = () => document.activeElement?.closest("[data-row]")

let last = Math.max(0, rows().findIndex(row => row.querySelector('[aria-current="true"]'))) // where the focus was: a row that is done goes away from under it
let going // the timer of a G that waits

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

function go(key) {
  clearTimeout(going)
  going = undefined
  const link = document.querySelector(`[data-go="${key}"]`)
  link?.click()
  return Boolean(link)
}

function act(key) {
  if (going && key !== "g") return go(key)
  if (key === "g") {
    clearTimeout(going)
    going = setTimeout(() => { going = undefined; press("g") }, SECOND)
    return true
  }
  if (key === "j") return walk(1), true
  if (key === "k") return walk(-1), true
  if (key === "?") return open("sheet", "/keys"), true
  if (key === "/") return document.querySelector("[data-find]")?.focus(), true
  return /^[a-z]$/.test(key) && press(key)
}

document.addEventListener("focusin", () => {
  if (current()) last = rows().indexOf(current())
})
document.addEventListener("keydown", event => {
  const { key, target } = event
  if (event.isComposing || event.defaultPrevented) return
  if ((event.ctrlKey || event.metaKey) && key === "Enter" && target.form && target.matches(WRITING)) return target.form.requestSubmit()
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (key === "Escape" && target.matches("[data-find]")) return target.blur()
  if (target.closest(WRITING) || target.closest("dialog") || !("letters" in root.dataset)) return
  if (act(key.toLowerCase())) event.preventDefault()
})
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-letters-switch]")) root.toggleAttribute("data-letters", target.checked)
})
