// What the element that is chosen says: its name, what it is, and whatever the server knows of its kind.
//   [data-piece]     where it stands     data-pieces     what can be said, see crm/web/process_pieces.py
import { answers } from "./answers.js"
import { definitionOf, named, setNamed, setScript } from "./events.js"
import { button, field, group } from "./fields.js"
import { keep, mark, own, setMark } from "./own.js"
import { renew } from "./renewed.js"
import { say } from "./say.js"
import { timer, way, ways } from "./ways.js"

export function panel(modeler, part, pieces) {
  const place = part.querySelector("[data-piece]"), selection = modeler.get("selection"), canvas = modeler.get("canvas")
  const modeling = modeler.get("modeling")

  function show() {
    const element = selection.get()[0] ?? canvas.getRootElement()
    if (!element.businessObject) return // nothing is there yet
    const one = element.type === "label" ? element.labelTarget : element
    renew(place, one.id, parts(one))
  }

  function parts(element) {
    const root = element === canvas.getRootElement(), rename = text => root ? modeling.updateProperties(element, { name: text }) : modeling.updateLabel(element, text)
    const title = Object.assign(document.createElement("h2"), { textContent: root ? say("whole") : say(element.type) })
    const name = field({ words: say("name"), kind: root || element.waypoints ? "line" : "lines" }, element.businessObject.name ?? "", rename)
    return [title, name, ...(root ? [] : element.waypoints ? [...way(modeler, element), away(element)] : [...become(element), ...said(element), ...ways(modeler, element), away(element)])]
  }

  function become(element) {
    const others = pieces.become.find(([types]) => types.includes(element.type))?.[1] ?? []
    const now = `${element.type} ${definitionOf(element)?.$type ?? ""}`.trim()
    if (!others.length) return []
    return [field({ words: say("is"), kind: "choice", options: others }, now, wanted => {
      const [type, eventDefinitionType] = wanted.split(" "), target = { type, eventDefinitionType }
      if (type === "bpmn:BoundaryEvent") target.cancelActivity = element.businessObject.cancelActivity
      selection.select(modeler.get("bpmnReplace").replaceElement(element, target))
    })]
  }

  function said(element) {
    const event = definitionOf(element)?.$type, type = element.type.replace("bpmn:", "")
    const made = []
    if (pieces.work.tags.includes(type)) made.push(...attributes(element, "work", pieces.work.fields), answers(modeler, element, pieces.answer), visit(element))
    if (pieces.deeds[type]) made.push(...deed(element, pieces.deeds[type]))
    if (type === "ScriptTask") made.push(field({ words: say("script"), kind: "lines", hint: say("scriptHint") }, element.businessObject.script ?? "", text => setScript(modeler, element, text)))
    if (event === "bpmn:TimerEventDefinition") made.push(...timer(modeler, element))
    if (event === "bpmn:MessageEventDefinition" || type === "ReceiveTask") made.push(field({ words: say("message"), kind: "choice", options: pieces.messages }, named(element, "message"), text => setNamed(modeler, element, "message", text)))
    if (event === "bpmn:ErrorEventDefinition") made.push(field({ words: say("error") }, named(element, "error"), text => setNamed(modeler, element, "error", text)))
    if (type === "BoundaryEvent" && event !== "bpmn:ErrorEventDefinition") made.push(field({ words: say("interrupts"), kind: "tick" }, element.businessObject.cancelActivity !== false, on => modeling.updateProperties(element, { cancelActivity: on })))
    return made
  }

  function attributes(element, tag, fields) {
    const values = () => own(element).tag === tag ? own(element) : { tag, answers: [] }
    return fields.map(each => {
      const value = each.body ? values().body ?? "" : values()[each.name] ?? each.usual ?? ""
      return field(each, each.kind === "tick" ? value === each.on : value, text => {
        const wanted = each.kind === "tick" ? (text ? each.on : each.off) : text
        keep(modeler, element, { ...values(), [each.body ? "body" : each.name]: wanted })
      })
    })
  }

  function visit(element) {
    return group(say("visit"), ...pieces.visit.map(each => field(each, mark(element, each.name), text => setMark(modeler, element, each.name, text.trim()))))
  }

  function deed(element, deeds) {
    const now = deeds.find(each => each.tag === own(element).tag)
    const options = [["", say("nothing")], ...deeds.map(each => [each.tag, each.words])]
    const choose = field({ words: say("does"), kind: "choice", options }, own(element).tag, tag => tag && keep(modeler, element, { tag }))
    return now ? [choose, ...attributes(element, now.tag, now.fields)] : [choose]
  }

  const away = element => button(say("away"), () => modeling.removeElements([element]), "btn quiet")

  // Under a pointer that is pressed nothing is replaced: the press that ends a field may be one on a button beside it.
  let pressed = false, due = false
  const soon = () => pressed ? due = true : show()
  place.addEventListener("pointerdown", () => pressed = true)
  document.addEventListener("pointerup", () => setTimeout(() => {
    pressed = false
    if (due) show()
    due = false
  }))
  modeler.on(["commandStack.changed", "selection.changed", "import.done"], soon)
}
