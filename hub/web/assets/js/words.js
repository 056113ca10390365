// Words that scripts say come from the page in the reader's language: <body data-words='{"late": "{time} late", …}'>.
const known = JSON.parse(document.body.dataset.words ?? "{}")

export function say(name, values = {}) {
  return (known[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole)
}

// Says something in a toast, as the hub's own.
export function toast(words, { refused = false, href = "", about = "" } = {}) {
  const box = document.createElement("div"), line = document.createElement("p"), link = document.createElement("a")
  box.className = refused ? "toast refused" : "toast"
  box.dataset.toast = ""
  if (about) box.dataset.about = about
  line.textContent = words
  box.append(line)
  if (href) box.append(Object.assign(link, { href, textContent: say("open") }))
  document.querySelector("[data-toasts]").append(box)
}

export function clockTime(date = new Date()) {
  return date.toLocaleTimeString("sv", { hour: "2-digit", minute: "2-digit" })
}
