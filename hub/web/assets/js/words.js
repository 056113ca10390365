// Words that scripts say come from the page in the reader's language: <body data-words='{"late": "{time} late", …}'>.
const known = JSON.parse(document.body.dataset.words ?? "{}")

export function say(name, values = {}) {
  return (known[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole)
}

export function clockTime(date = new Date()) {
  return date.toLocaleTimeString("sv", { hour: "2-digit", minute: "2-digit" })
}
