// The list of what is drawn, by which everything is reached without a mouse: a press shows an element and what it says.
//   [data-steps]     the list     [data-nameless]     what is said of an element without a name, by its type in data-words
import { say } from "./say.js"

export const called = element => element.businessObject.name || say(element.type) || element.id

export function steps(modeler, part) {
  const list = part.querySelector("[data-steps]"), registry = modeler.get("elementRegistry"), canvas = modeler.get("canvas")
  const selection = modeler.get("selection")

  function show() {
    const chosen = selection.get()[0]?.id, held = list.contains(document.activeElement) && document.activeElement.dataset.step
    list.replaceChildren(...drawn(registry).map(element => {
      const row = document.createElement("li"), button = document.createElement("button")
      Object.assign(button, { type: "button", className: "item", textContent: called(element) })
      button.dataset.step = element.id
      if (element.id === chosen) button.setAttribute("aria-current", "true")
      row.append(button)
      return row
    }))
    if (held) list.querySelector(`[data-step="${CSS.escape(held)}"]`)?.focus()
  }

  part.addEventListener("click", ({ target }) => {
    const id = target.closest("[data-step]")?.dataset.step ?? target.closest("[data-element]")?.dataset.element
    const element = id && registry.get(id)
    if (!element) return
    if (element === canvas.getRootElement()) return selection.deselect(selection.get())
    selection.select(element)
    canvas.scrollToElement(element, 80)
  })
  modeler.on(["commandStack.changed", "selection.changed", "import.done"], show)
}

// From left to right and down, as they are read.
export function drawn(registry) {
  const shapes = registry.filter(each => each.parent && !each.waypoints && each.type !== "label" && !/Participant|Lane$/.test(each.type))
  return shapes.sort((one, other) => one.x - other.x || one.y - other.y)
}
