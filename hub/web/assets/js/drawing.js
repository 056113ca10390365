// A diagram that is drawn; see drawing/ for each of its parts.
//   data-xml      where the draft is     data-saves     where it is kept     data-pieces     what can be said of an element
//   data-words    the words of it all, in the reader's language
import { COLOURS, fetched } from "./drawing/canvas.js"
import { faults } from "./drawing/faults.js"
import { Modeler } from "./drawing/modeler.js"
import { name } from "./drawing/pad.js"
import { panel } from "./drawing/panel.js"
import { saving } from "./drawing/saving.js"
import { learn, say } from "./drawing/say.js"
import { steps } from "./drawing/steps.js"
import { toolbar } from "./drawing/toolbar.js"

export async function begin(part) {
  const words = JSON.parse(part.dataset.words), pieces = JSON.parse(part.dataset.pieces)
  learn(words)
  name({ next: words.next, way: words.way, away: words.away })
  const modeler = new Modeler({ container: part.querySelector("[data-canvas]"), bpmnRenderer: COLOURS })
  steps(modeler, part)
  panel(modeler, part, pieces)
  toolbar(modeler, part)
  saving(modeler, part)
  faults(modeler, part)
  try {
    await modeler.importXML(await fetched(part.dataset.xml))
  } catch {
    part.querySelector("[data-undrawn]").hidden = false
    return
  }
  modeler.get("canvas").zoom("fit-viewport", "auto")
  part.querySelector("[data-canvas] svg").setAttribute("aria-label", say("whole"))
  part.dataset.ready = ""
}
