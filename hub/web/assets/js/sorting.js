// A list whose rows are put in order: by dragging a row at its handle, or with Alt and an arrow while the focus is in it.
//   <ol data-sortable>
//     <li data-sort="/fields/3/position"><span data-handle>      where its new place is sent (to: the number from 0)
// Without scripts the buttons of each row do the same.
let held

const rowOf = node => node.closest("[data-sortable] > [data-sort]")
const placeOf = row => [...row.parentElement.children].indexOf(row)
const send = (row, to) => window.htmx.ajax("POST", row.dataset.sort, { source: row, values: { to }, target: "#toasts", swap: "beforeend" })

function over(list, y) {
  return [...list.children].find(row => row !== held && y < row.getBoundingClientRect().top + row.offsetHeight / 2)
}

document.addEventListener("pointerdown", event => {
  const row = event.target.closest("[data-handle]") && rowOf(event.target)
  if (!row || event.button) return
  event.preventDefault()
  held = row
  held.dataset.from = placeOf(row)
  held.setAttribute("data-held", "")
  row.setPointerCapture(event.pointerId)
})
document.addEventListener("pointermove", ({ clientY }) => {
  if (held) held.parentElement.insertBefore(held, over(held.parentElement, clientY) ?? null)
})
for (const kind of ["pointerup", "pointercancel"]) {
  document.addEventListener(kind, () => {
    if (!held) return
    const row = held, to = placeOf(row), from = Number(row.dataset.from)
    held = undefined
    row.removeAttribute("data-held")
    if (to !== from) send(row, to)
  })
}
document.addEventListener("keydown", event => {
  const row = event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key) && rowOf(event.target)
  if (!row) return
  event.preventDefault()
  const to = placeOf(row) + (event.key === "ArrowUp" ? -1 : 1)
  if (to < 0 || to >= row.parentElement.children.length) return
  const focused = document.activeElement, next = event.key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling.nextElementSibling
  row.parentElement.insertBefore(row, next)
  focused.focus()
  send(row, to)
})
