// Rows that are chosen, to do something with all of them (js/tick.js ticks them all from the head).
//   [data-tick="many"]      the box of a row; with Shift all between it and the last one pressed
//   form[data-chosen]       what can be done with them; data-chosen="{n} chosen"
//   [data-ticked]           says how many      [data-tick-match]   all that match, shown or not
const boxes = () => [...document.querySelectorAll('[data-tick="many"]')]
let last

function tell() {
  const form = document.querySelector("form[data-chosen]")
  if (!form) return
  const ticked = boxes().filter(box => box.checked).length, match = form.querySelector("[data-tick-match]")
  if (!ticked) match.checked = false
  const total = match.checked && document.getElementById("total")?.textContent.trim()
  form.querySelector("[data-ticked]").textContent = total || form.dataset.chosen.replace("{n}", ticked)
}

function fill(from, to) {
  const all = boxes(), [first, end] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b)
  if (first >= 0) for (const box of all.slice(first, end + 1)) box.checked = to.checked
}

document.addEventListener("click", event => {
  const box = event.target.closest('[data-tick="many"]')
  if (!box) return
  if (event.shiftKey && last) fill(last, box)
  last = box
})
document.addEventListener("change", ({ target }) => {
  if (target.matches('[data-tick="many"], [data-tick-all="many"], [data-tick-match]')) tell()
})
// What was done is done: nothing stays chosen.
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (!ctx.sourceElement.closest("form[data-chosen]") || ctx.response.status >= 400) return
  for (const box of boxes()) box.checked = false
  const head = document.querySelector('[data-tick-all="many"]')
  if (head) head.checked = head.indeterminate = false
  for (const menu of document.querySelectorAll("[popover]:popover-open")) menu.hidePopover()
  tell()
})
document.addEventListener("htmx:after:swap", tell)
