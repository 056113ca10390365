// The buttons that draw: pressed, the new element comes behind the one that is chosen, or into the middle; dragged, it comes
// where it is let go.
//   <button data-draw="bpmn:IntermediateCatchEvent" data-event="bpmn:TimerEventDefinition">
//   data-at     only at the edge of the step that is chosen
//   [data-undo] [data-redo] [data-fit]     and the keys of the editor beside them
export function toolbar(modeler, part) {
  const factory = modeler.get("elementFactory"), selection = modeler.get("selection"), modeling = modeler.get("modeling")
  const canvas = modeler.get("canvas"), stack = modeler.get("commandStack")
  const shape = ({ draw, event }) => factory.createShape({ type: draw, ...(event && { eventDefinitionType: event }), ...(draw === "bpmn:SubProcess" && { isExpanded: true }) })
  const chosen = () => {
    const [one] = selection.get()
    return one && !one.waypoints && one.type !== "label" && one !== canvas.getRootElement() ? one : null
  }

  function middle() {
    const { x, y, width, height } = canvas.viewbox()
    return { x: Math.round(x + width / 2), y: Math.round(y + height / 2) }
  }

  function place(button) {
    const made = shape(button.dataset), after = chosen()
    if ("at" in button.dataset) {
      return after && modeling.createShape(made, { x: after.x + after.width - 24, y: after.y + after.height }, after, { attach: true })
    }
    if (after && after.type !== "bpmn:EndEvent" && made.type !== "bpmn:StartEvent") return modeler.get("autoPlace").append(after, made)
    return modeling.createShape(made, middle(), canvas.getRootElement())
  }

  part.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-draw]")
    const made = button && place(button)
    if (made) {
      selection.select(made)
      canvas.scrollToElement(made, 80)
    }
    if (target.closest("[data-undo]")) stack.undo()
    if (target.closest("[data-redo]")) stack.redo()
    if (target.closest("[data-fit]")) canvas.zoom("fit-viewport", "auto")
  })
  part.addEventListener("dragstart", event => {
    const button = event.target.closest("[data-draw]:not([data-at])")
    if (!button) return
    event.preventDefault()
    modeler.get("create").start(event, shape(button.dataset))
  })
  const show = () => {
    part.querySelector("[data-undo]").disabled = !stack.canUndo()
    part.querySelector("[data-redo]").disabled = !stack.canRedo()
    for (const button of part.querySelectorAll("[data-at]")) button.disabled = !/Task$|SubProcess$/.test(chosen()?.type ?? "")
  }
  modeler.on(["commandStack.changed", "selection.changed"], show)
  show()
}
