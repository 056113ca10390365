// A list that is put in order by dragging, or by keys: Space lifts an item, arrows move it, Space or Enter puts it down, Escape puts it back.
//   <ol id="questions" data-order data-lifted="…" data-moved="…" data-dropped="…" data-back="…">    what is spoken, with {name} {at} {of}
//     <li data-order-item="Phone"> … <button data-order-grip aria-pressed="false">                  is dragged and lifted by its grip
//   <button draggable="true" data-order-add="#questions">    dropped into the list it is pressed, with its place in [data-order-at]
// A moved item makes the list tell of a change. An item with [data-fresh] takes the focus as it comes, unless somebody writes
// elsewhere by then: in its first field, or on [data-order-undo].
import "./whole.js"

const spoken = document.querySelector("[data-spoken]")
const items = list => [...list.querySelectorAll("[data-order-item]")]
let held, adding, lifted, from

function say(list, how, item) {
  const all = items(list)
  const values = { name: item.dataset.orderItem, at: all.indexOf(item) + 1, of: all.length }
  if (spoken) spoken.textContent = list.dataset[how].replace(/\{(\w+)\}/g, (_, key) => values[key])
}

function place(list, item, index) {
  const others = items(list).filter(other => other !== item)
  list.insertBefore(item, others[index] ?? null)
}

function done(list, item, how) {
  say(list, how, item)
  list.dispatchEvent(new Event("change", { bubbles: true }))
}

// By pointer
document.addEventListener("pointerdown", event => {
  const item = event.target.closest("[data-order-grip]")?.closest("[data-order-item]")
  if (item) item.draggable = true
})
document.addEventListener("dragstart", event => {
  held = event.target.closest?.("[data-order-item]")
  adding = held ? undefined : event.target.closest?.("[data-order-add]")
  if (!held && !adding) return
  event.dataTransfer.effectAllowed = "move"
  event.dataTransfer.setData("text/plain", (held ?? adding).textContent.trim())
  held?.setAttribute("data-held", "")
})
document.addEventListener("dragover", event => {
  const list = event.target.closest?.("[data-order]")
  if (!list || (!held && !adding)) return
  event.preventDefault()
  list.dataset.over = ""
  if (held) place(list, held, under(list, event.clientY))
})
document.addEventListener("drop", event => {
  const list = event.target.closest?.("[data-order]")
  if (!list || (!held && !adding)) return
  event.preventDefault()
  if (held) return done(list, held, "dropped")
  const at = adding.form.querySelector("[data-order-at]")
  at.value = under(list, event.clientY)
  adding.click()
  at.value = ""
})
document.addEventListener("dragend", () => {
  held?.removeAttribute("data-held")
  if (held) held.draggable = false
  document.querySelectorAll("[data-over]").forEach(list => delete list.dataset.over)
  held = adding = undefined
})

function under(list, y) {
  const others = items(list).filter(item => item !== held)
  const after = others.findIndex(item => y < item.getBoundingClientRect().top + item.offsetHeight / 2)
  return after < 0 ? others.length : after
}

// By keys
function lift(list, item, grip, up) {
  grip.setAttribute("aria-pressed", String(up))
  item.toggleAttribute("data-held", up)
  lifted = up ? item : undefined
  if (up) from = items(list).indexOf(item)
}

document.addEventListener("keydown", event => {
  const grip = event.target.closest?.("[data-order-grip]"), item = grip?.closest("[data-order-item]"), list = item?.closest("[data-order]")
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
  if (!list || (lifted !== item && event.key !== " ")) return
  if (event.key === " " && lifted !== item) { lift(list, item, grip, true); say(list, "lifted", item) }
  else if (event.key === " " || event.key === "Enter") { lift(list, item, grip, false); done(list, item, "dropped") }
  else if (event.key === "Escape") { place(list, item, from); lift(list, item, grip, false); say(list, "back", item); grip.focus() }
  else if (step) { place(list, item, Math.max(0, items(list).indexOf(item) + step)); say(list, "moved", item); grip.focus() }
  else return
  event.preventDefault()
  event.stopPropagation()
}, true)

document.addEventListener("htmx:after:swap", () => {
  const fresh = document.querySelector("[data-fresh]"), writes = document.activeElement.matches("input, textarea, select")
  fresh?.removeAttribute("data-fresh")
  const first = writes ? null : [...fresh?.querySelectorAll("input, textarea, select, [data-order-undo], [data-order-grip]") ?? []]
    .sort((a, b) => a.matches("[data-order-grip]") - b.matches("[data-order-grip]")).find(each => each.checkVisibility())
  first?.focus()
  first?.select?.()
})
