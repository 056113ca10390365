// What an event is about: its time, its message, its error; and the ways: their conditions, and which is the usual one.
import { declare } from "./own.js"

export const definitionOf = element => element.businessObject.eventDefinitions?.[0]
const plainly = name => (name ?? "").toLowerCase().replace(/[_-]/g, " ").trim()
const expression = (modeler, body) => body ? modeler.get("moddle").create("bpmn:FormalExpression", { body }) : undefined

// A time is {after: "PT15M", at: "09:00"} or {until: "visit_on - 1"}, and working or not.
export function time(element) {
  const told = definitionOf(element), until = told.timeDate?.body ?? ""
  return { until, after: until ? "" : told.timeDuration?.body ?? told.timeCycle?.body ?? "", at: told.get("ringback:at") ?? "", working: told.get("ringback:clock") === "working" }
}

export function setTime(modeler, element, { after, until, at, working }) {
  declare(modeler)
  modeler.get("modeling").updateModdleProperties(element, definitionOf(element), {
    timeDuration: until ? undefined : expression(modeler, after), timeDate: expression(modeler, until), timeCycle: undefined,
    "ringback:clock": working ? "working" : undefined, "ringback:at": (!until && at) || undefined,
  })
}

// Messages and errors stand once in the file, and events name them.
const kept = element => definitionOf(element) ?? element.businessObject
const place = key => key === "message" ? "messageRef" : "errorRef"

export const named = (element, key) => key === "message" ? plainly(kept(element).messageRef?.name) : kept(element).errorRef?.name ?? ""

export function setNamed(modeler, element, key, name) {
  const definitions = modeler.getDefinitions(), type = key === "message" ? "bpmn:Message" : "bpmn:Error"
  const same = each => each.$type === type && (key === "message" ? plainly(each.name) : each.name) === name
  let found = name ? definitions.rootElements.find(same) : undefined
  if (name && !found) {
    found = modeler.get("bpmnFactory").create(type, { name, ...(key === "error" && { errorCode: name }) })
    found.$parent = definitions
    definitions.rootElements.push(found)
  }
  modeler.get("modeling").updateModdleProperties(element, kept(element), { [place(key)]: found })
}

export const condition = flow => flow.businessObject.conditionExpression?.body ?? ""
export const isUsual = flow => flow.source.businessObject.default === flow.businessObject

export function setCondition(modeler, flow, body) {
  modeler.get("modeling").updateProperties(flow, { conditionExpression: expression(modeler, body) })
}

export function setUsual(modeler, flow, usual) {
  modeler.get("modeling").updateProperties(flow.source, { default: usual ? flow.businessObject : undefined })
}

export function setScript(modeler, element, script) {
  modeler.get("modeling").updateProperties(element, { script: script || undefined, scriptFormat: undefined })
}
