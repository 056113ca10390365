// One field of a form, drawn from its definition: {name, label, kind, required, choices} and, where they are given,
// {hint, placeholder, autocomplete, multiple}. Kinds: text tel email number money date choice yesno longtext file link hidden.
const INPUT = {
  text: ["text"], number: ["text", "decimal"], money: ["text", "decimal"], tel: ["tel", "tel"], email: ["email", "email"], date: ["date"], link: ["url", "url"],
}
const FILLS = { tel: "tel", email: "email" }
const nameOf = field => field.label || field.name
let count = 0

export function el(name, properties = {}, ...children) {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue
    if (key in node) node[key] = value
    else node.setAttribute(key, value)
  }
  node.append(...children.filter(Boolean))
  return node
}

export function control(field, words) {
  if (field.kind === "hidden") return el("input", { type: "hidden", name: field.name, value: field.placeholder ?? "" })
  const id = `rb-${++count}`
  const made = field.kind === "choice" ? choice(field, id, words) : field.kind === "yesno" ? check(field) : plain(field, id, words)
  made.dataset.field = field.name
  const notes = [el("p", { className: "error", id: `${id}-error` }), field.hint && el("p", { className: "hint", id: `${id}-hint`, textContent: field.hint })]
  made.append(...notes.filter(Boolean))
  for (const input of made.querySelectorAll("input, select, textarea")) input.setAttribute("aria-describedby", `${id}-error ${id}-hint`)
  return made
}

function label(field, words) {
  const text = document.createTextNode(`${nameOf(field)} `)
  return [text, !field.required && el("span", { className: "opt", textContent: words.optional })]
}

function plain(field, id, words) {
  return el("div", { className: "field" }, el("label", { htmlFor: id }, ...label(field, words)), input(field, id))
}

function input(field, id) {
  const shared = {
    id, name: field.name, required: Boolean(field.required), placeholder: field.placeholder || undefined,
    autocomplete: field.autocomplete || FILLS[field.kind],
  }
  if (field.kind === "longtext") return el("textarea", { ...shared, rows: 4 })
  if (field.kind === "file") return el("input", { id, name: field.name, type: "file", required: shared.required, multiple: Boolean(field.multiple) })
  const [type, inputMode] = INPUT[field.kind] ?? INPUT.text
  return el("input", { ...shared, type, inputMode })
}

function choice(field, id, words) {
  const { name, required } = field
  if (field.choices.length > 6) {
    const options = ["", ...field.choices].map(text => el("option", { value: text, textContent: text || words.choose }))
    return el("div", { className: "field" }, el("label", { htmlFor: id }, ...label(field, words)), el("select", { id, name, required: Boolean(required) }, ...options))
  }
  const cards = field.choices.map(text => el("label", {}, el("input", { type: field.multiple ? "checkbox" : "radio", name, value: text, required: Boolean(required && !field.multiple) }), text))
  return el("fieldset", { className: "field choices" }, el("legend", {}, ...label(field, words)), ...cards)
}

function check(field) {
  return el("div", { className: "field" }, el("label", { className: "pick" }, el("input", { type: "checkbox", name: field.name, value: "yes", required: Boolean(field.required) }), nameOf(field)))
}
