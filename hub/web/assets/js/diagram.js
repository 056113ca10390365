// A diagram that is looked at.
//   [data-xml="/processes/3/draft.bpmn"]     where it comes from     [data-canvas]     where it is shown
//   [data-marks='{"call": "late"}'] of the page     how its elements are: done, waiting, late or dropped
//   [data-element="call"] of the page        a press shows that element in the diagram
// Whatever becomes of the marks when the page asks for itself again is drawn anew.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer"
import { COLOURS, fetched } from "./drawing/canvas.js"

export async function begin(part) {
  const viewer = new NavigatedViewer({ container: part.querySelector("[data-canvas]"), bpmnRenderer: COLOURS })
  const canvas = viewer.get("canvas"), registry = viewer.get("elementRegistry")
  const xml = await fetched(part.dataset.xml)
  try {
    await viewer.importXML(xml)
  } catch {
    part.querySelector("[data-undrawn]").hidden = false
    return
  }
  canvas.zoom("fit-viewport", "auto")
  let marked = {}
  const mark = () => {
    for (const [id, kind] of Object.entries(marked)) if (registry.get(id)) canvas.removeMarker(id, `is-${kind}`)
    marked = JSON.parse(document.querySelector("[data-marks]")?.dataset.marks ?? "{}")
    for (const [id, kind] of Object.entries(marked)) if (registry.get(id)) canvas.addMarker(id, `is-${kind}`)
  }
  mark()
  part.dataset.ready = ""
  document.addEventListener("htmx:after:swap", mark)
  document.addEventListener("click", ({ target }) => {
    const id = target.closest("[data-element]")?.dataset.element
    const element = id && registry.get(id)
    if (!element) return
    viewer.get("selection").select(element)
    canvas.scrollToElement(element, 80)
  })
}
