// The calendar of visits: one is moved by dragging it, or by keys: Space lifts it, arrows choose the time (up and down a quarter of
// an hour, left and right a column), Space or Enter puts it down, Escape leaves it where it was.
//   <div data-diary data-lifted="…" data-over-words="…" data-left-words="…">   what is spoken, with {name} {day} {time}
//     <section data-column data-day="2026-12-01" data-day-words="…" data-person="3" data-first="7">  [data-quarters]  [data-drop]
//       <article data-visit="7" data-name="…" data-row="13" data-at="10:00" draggable="true">  <a href>  <form hidden> at, person
import { QUARTERS, columnOf, listed, quarterOf, timeAt } from "./diary-columns.js"

const spoken = document.querySelector("[data-spoken]"), hand = { visit: undefined, column: undefined, row: 0, grip: 0 }
let moved

function say(how, values = {}) {
  const words = hand.visit.closest("[data-diary]").dataset[how]
  if (spoken) spoken.textContent = words.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? hand.visit.dataset[key])
}

function aim(column, row) {
  for (const drop of document.querySelectorAll("[data-drop]:not([hidden])")) drop.hidden = true
  hand.column = column
  if (!column) return
  hand.row = Math.max(1, Math.min((24 - Number(column.dataset.first ?? 0)) * QUARTERS, row)) // midnight ends a day
  const drop = column.querySelector("[data-drop]"), span = /for-(\d+)/.exec(hand.visit.className)?.[1] ?? 4
  drop.hidden = false
  drop.textContent = timeAt(column, hand.row, hand.visit)
  if (!listed(column)) drop.style.gridRow = `${hand.row} / span ${span}`
}

function lift(visit) {
  hand.visit = visit
  visit.setAttribute("data-held", "")
  visit.closest("#diary").setAttribute("data-dirty", "")
}

function put() {
  const { visit, column, row } = hand, at = column && timeAt(column, row, visit)
  visit.removeAttribute("data-held")
  visit.closest("#diary").removeAttribute("data-dirty")
  aim()
  hand.visit = undefined
  if (!column || (column === columnOf(visit) && (listed(column) || row === Number(visit.dataset.row)))) return
  const form = visit.querySelector("form")
  form.elements.at.value = `${column.dataset.day}T${at}`
  form.elements.person.value = column.dataset.person ?? ""
  form.requestSubmit()
}

document.addEventListener("dragstart", event => {
  const visit = event.target.closest?.("[data-visit]")
  if (!visit) return
  event.dataTransfer.effectAllowed = "move"
  event.dataTransfer.setData("text/plain", visit.dataset.name)
  lift(visit)
  hand.grip = event.clientY - visit.getBoundingClientRect().top
})
document.addEventListener("dragover", event => {
  const column = hand.visit && event.target.closest?.("[data-column]")
  if (!column) return
  event.preventDefault()
  const top = column.querySelector("[data-quarters]").getBoundingClientRect().top
  aim(column, Math.round((event.clientY - hand.grip - top) / quarterOf(column)) + 1)
})
document.addEventListener("drop", event => {
  if (!hand.visit || !event.target.closest?.("[data-column]")) return
  event.preventDefault()
  put()
})
document.addEventListener("dragend", () => {
  if (!hand.visit) return
  aim()
  put()
})

function choose(key) {
  const all = [...hand.visit.closest("[data-diary]").querySelectorAll("[data-column]")]
  const at = all.indexOf(hand.column ?? columnOf(hand.visit)), row = hand.column ? hand.row : Number(hand.visit.dataset.row)
  const aside = { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0, down = { ArrowUp: -1, ArrowDown: 1 }[key] ?? 0
  const column = all[Math.max(0, Math.min(all.length - 1, at + aside))]
  aim(column, row + down)
  column.querySelector("[data-drop]").scrollIntoView({ block: "nearest", inline: "nearest" })
  say("overWords", { day: column.dataset.dayWords, time: timeAt(column, hand.row, hand.visit) })
}

document.addEventListener("keydown", event => {
  const visit = event.target.closest?.("[data-visit]"), { key } = event
  if (!visit || event.ctrlKey || event.metaKey || event.altKey) return
  if (hand.visit === visit && key.startsWith("Arrow")) choose(key)
  else if (hand.visit === visit && (key === " " || key === "Enter")) { moved = visit.id; put() }
  else if (hand.visit === visit && key === "Escape") { say("leftWords"); aim(); put() }
  else if (key === " ") { lift(visit); say("lifted") }
  else return
  event.preventDefault()
  event.stopPropagation()
}, true)

// The visit that was put down by keys keeps the focus where it went.
document.addEventListener("htmx:after:swap", () => {
  const visit = moved && document.getElementById(moved)
  if (!visit || visit.contains(document.activeElement) || document.querySelector("dialog:modal")) return
  visit.querySelector("a")?.focus()
  moved = undefined
})
