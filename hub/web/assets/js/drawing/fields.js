// Fields of the panel, made of what the server says of them: {name, words, kind, options, hint}. Each calls `change` with what
// is in it when it is left.
let number = 0

export function field({ words, kind = "line", options = [], hint = "" }, value, change) {
  const id = `piece-${++number}`, box = document.createElement("div")
  box.className = kind === "tick" ? "field pick" : "field"
  const label = Object.assign(document.createElement("label"), { htmlFor: id, textContent: words })
  const input = made(kind, options, value)
  input.id = id
  input.addEventListener("change", () => change(kind === "tick" ? input.checked : input.value))
  box.append(...(kind === "tick" ? [input, label] : [label, input]))
  if (hint) {
    const told = Object.assign(document.createElement("p"), { className: "hint", id: `${id}-hint`, textContent: hint })
    input.setAttribute("aria-describedby", told.id)
    box.append(told)
  }
  return box
}

function made(kind, options, value) {
  if (kind === "choice") return choice(options, value)
  const input = document.createElement(kind === "lines" ? "textarea" : "input")
  if (kind === "tick") Object.assign(input, { type: "checkbox", checked: Boolean(value) })
  else Object.assign(input, { className: "input", value, autocomplete: "off", ...(kind === "lines" && { rows: 2 }) })
  return input
}

// What is chosen and is no longer offered stays as it is.
function choice(options, value) {
  const input = Object.assign(document.createElement("select"), { className: "input" })
  const offered = options.some(([each]) => each === value) ? options : [[value, value], ...options]
  input.append(...offered.map(([each, words]) => new Option(words, each, each === value, each === value)))
  return input
}

export function button(words, press, kind = "btn") {
  const made = Object.assign(document.createElement("button"), { type: "button", className: kind, textContent: words })
  made.addEventListener("click", press)
  return made
}

export function group(words, ...inside) {
  const made = document.createElement("fieldset")
  made.className = "field"
  made.append(Object.assign(document.createElement("legend"), { textContent: words }), ...inside)
  return made
}
