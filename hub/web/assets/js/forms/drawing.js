// Draws a form into a shadow root, so that the page's styles and ours leave each other alone, and says what became of it.
import css from "../../css/embed.css"
import { control, el } from "./controls.js"

export function draw(place, form, delivery) {
  const { words } = form
  const root = place.attachShadow({ mode: "open" })
  root.adoptedStyleSheets = [sheet()]
  const drawn = Math.floor(Date.now() / 1000)
  const status = el("p", { className: "status", role: "status" })
  const button = el("button", { type: "submit", textContent: form.button || words.send })
  const node = el("form", { noValidate: false },
    form.title && el("h2", { textContent: form.title }),
    form.intro && el("p", { className: "intro", textContent: form.intro }),
    ...form.fields.map(field => control(field, words)),
    trap(words), button, form.note && el("p", { className: "note", textContent: form.note }), status)
  root.append(node)

  node.addEventListener("focusin", () => delivery.work.begin(), { once: true })
  let mine
  node.addEventListener("submit", event => {
    event.preventDefault()
    mark(node, {})
    const { values, files } = read(node)
    button.disabled = true
    mine = JSON.stringify(values)
    delivery.send({ ...values, _ts: drawn, page_url: location.href }, files)
  })
  delivery.onState(change => {
    const { _nonce, _ts, page_url, ...sent } = change.item.values
    show(change, JSON.stringify(sent) === mine)
  })

  function show({ state, errors, words: reason }, isMine) {
    if (state === "sending") return isMine && (status.textContent = words.sending)
    if (state === "waiting") return (status.textContent = words.waiting)
    if (state === "delivered" && isMine) return thank(node, form, words)
    if (state === "delivered") return (status.textContent = words.arrived)
    if (!isMine) return
    button.disabled = false
    mark(node, errors)
    status.textContent = Object.keys(errors).length ? words.wrong : reason || words.refused
  }
}

function sheet() {
  const made = new CSSStyleSheet()
  made.replaceSync(css)
  return made
}

function trap(words) {
  return el("label", { className: "trap", ariaHidden: "true", textContent: words.trap },
    el("input", { name: "_gotcha", tabIndex: -1, autocomplete: "off" }))
}

function read(node) {
  const values = {}, files = []
  for (const [name, value] of new FormData(node)) {
    if (value instanceof File) value.size && files.push([name, value])
    else values[name] = name in values ? [].concat(values[name], value) : value
  }
  return { values, files }
}

function mark(node, errors) {
  for (const field of node.querySelectorAll("[data-field]")) {
    const words = errors[field.dataset.field]
    field.querySelector(".error").textContent = words ?? ""
    field.querySelectorAll("input, select, textarea").forEach(input => input.setAttribute("aria-invalid", String(Boolean(words))))
  }
  node.querySelector("[aria-invalid=true]")?.focus()
}

function thank(node, form, words) {
  if (form.thanks_address) return location.assign(form.thanks_address)
  const title = el("h2", { textContent: form.thanks_title || words.thanks, tabIndex: -1 })
  node.replaceChildren(title, el("p", { className: "intro", textContent: form.thanks ?? "" }))
  title.focus()
}
