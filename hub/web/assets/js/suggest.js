// A field that offers while somebody types: an ARIA combobox over a list that the hub fills.
//   <input role="combobox" aria-controls="found" data-suggest="/palette">     asks /palette?q=…; the answer's options go into #found
//   <a role="option" href="…">                a press or Enter follows the link, or the one within
//   <li role="option" data-value="3">         is chosen: the value goes into the hidden field [data-chosen] of the same .field
// Arrows walk, Enter takes, Escape closes the list of a field that stands in a form. What takes long is told from 200 ms on.
const LONG = 200
const asking = new WeakMap()

const listOf = field => document.getElementById(field.getAttribute("aria-controls"))
const optionsOf = field => [...listOf(field).querySelectorAll("[role=option]:not([aria-disabled])")]
const marked = field => listOf(field).querySelector("[aria-selected=true]")
const chosen = field => field.closest(".field")?.querySelector("[data-chosen]")
const closes = field => field.matches("[data-find]") || Boolean(chosen(field)) // the palette stays open as long as its dialog

function mark(field, option) {
  for (const each of optionsOf(field)) each.setAttribute("aria-selected", String(each === option))
  field.setAttribute("aria-activedescendant", option?.id ?? "")
  option?.scrollIntoView({ block: "nearest" })
}

function show(field, html) {
  const list = listOf(field)
  list.innerHTML = html
  list.hidden = !html.trim()
  field.setAttribute("aria-expanded", String(!list.hidden))
  mark(field, optionsOf(field)[0])
}

// What is on its way to it would open it again.
function shut(field) {
  asking.get(field)?.abort()
  show(field, "")
}

export async function suggest(field) {
  asking.get(field)?.abort()
  const mine = new AbortController(), address = new URL(field.dataset.suggest, location)
  asking.set(field, mine)
  address.searchParams.set("q", field.value)
  const late = setTimeout(() => listOf(field).setAttribute("aria-busy", "true"), LONG)
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true" }, signal: mine.signal })
    if (answer.ok) show(field, await answer.text())
    else if (answer.status === 401) document.dispatchEvent(new CustomEvent("ringback:signed-out"))
  } catch { /* a newer question, or no contact: what stands there stays */ }
  clearTimeout(late)
  if (asking.get(field) === mine) listOf(field).removeAttribute("aria-busy")
}

function walk(field, step) {
  const all = optionsOf(field), at = all.indexOf(marked(field))
  mark(field, all[(at + step + all.length) % all.length])
}

function take(field, option) {
  const link = option.href ? option : option.querySelector("a[href]")
  if (link) return link.click()
  field.value = option.dataset.words
  chosen(field).value = option.dataset.value
  shut(field)
  field.dispatchEvent(new Event("change", { bubbles: true }))
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-suggest]")) return
  if (chosen(target)) chosen(target).value = ""
  suggest(target)
})

document.addEventListener("keydown", event => {
  const { key, target } = event
  if (!target.matches?.("[data-suggest]") || event.isComposing) return
  const open = target.getAttribute("aria-expanded") === "true"
  if (key === "ArrowDown" && !open) suggest(target)
  else if (key === "ArrowDown") walk(target, 1)
  else if (key === "ArrowUp") walk(target, -1)
  else if (key === "Enter" && open && marked(target)) take(target, marked(target))
  else if (key === "Escape" && open && closes(target)) shut(target)
  else return
  event.preventDefault()
})

document.addEventListener("mousedown", event => {
  const option = event.target.closest("[role=option]")
  if (!option) return
  event.preventDefault() // the field keeps the focus
  if (!("value" in option.dataset)) return
  take(document.querySelector(`[aria-controls="${option.closest("[role=listbox]").id}"]`), option)
})
document.addEventListener("focusout", ({ target }) => {
  if (target.matches?.("[data-suggest]") && closes(target)) shut(target)
})
