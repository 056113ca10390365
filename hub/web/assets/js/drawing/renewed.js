// The panel as it is now. As long as it asks the same of the same element its fields stay where they are, whoever types in
// one: only what is in the others is brought up to date. Otherwise it is made anew, and the focus keeps its place.
const CONTROLS = "input, select, textarea, button"
let shown = ""

const asked = parts => parts.flatMap(part => [part, ...part.querySelectorAll("label, legend, button, option, h2")])
  .filter(each => each.matches("label, legend, button, option, h2")).map(each => each.textContent).join("\n")

export function renew(place, about, parts) {
  const now = `${about}\n${asked(parts)}`
  if (now === shown) return update(place, parts)
  const controls = [...place.querySelectorAll(CONTROLS)], held = controls.indexOf(document.activeElement)
  place.replaceChildren(...parts)
  shown = now
  if (held >= 0) place.querySelectorAll(CONTROLS)[held]?.focus()
}

function update(place, parts) {
  const made = document.createElement("div")
  made.append(...parts)
  const old = place.querySelectorAll(`${CONTROLS}, summary`), fresh = made.querySelectorAll(`${CONTROLS}, summary`)
  old.forEach((each, at) => {
    if (each.matches("summary")) each.textContent = fresh[at].textContent
    else if (each !== document.activeElement && !each.matches("button")) {
      each.value = fresh[at].value
      each.checked = fresh[at].checked
    }
  })
}
