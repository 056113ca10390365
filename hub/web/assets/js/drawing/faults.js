// What is wrong stands at its element as well: whatever [data-faults] lists with data-element is marked in the diagram.
export function faults(modeler, part) {
  const canvas = modeler.get("canvas"), registry = modeler.get("elementRegistry")
  let marked = []

  function mark() {
    for (const id of marked) if (registry.get(id)) canvas.removeMarker(id, "is-fault")
    marked = [...part.querySelectorAll("[data-faults] [data-element]")].map(each => each.dataset.element).filter(id => registry.get(id))
    for (const id of marked) canvas.addMarker(id, "is-fault")
  }

  document.addEventListener("htmx:after:swap", mark)
  modeler.on("import.done", mark)
  mark()
}
