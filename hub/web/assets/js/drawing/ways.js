// What leads out of an element, under which condition, and for which time an event waits.
import { condition, isUsual, setCondition, setTime, setUsual, time } from "./events.js"
import { button, field, group } from "./fields.js"
import { say } from "./say.js"
import { called, drawn } from "./steps.js"

export function timer(modeler, element) {
  const now = time(element), set = change => setTime(modeler, element, { ...time(element), ...change })
  return [
    field({ words: say("after"), hint: say("afterHint") }, now.after, after => set({ after: after.trim().toUpperCase(), until: "" })),
    field({ words: say("at"), hint: say("atHint") }, now.at, at => set({ at: at.trim() })),
    field({ words: say("until"), hint: say("untilHint") }, now.until, until => set({ until, after: "" })),
    field({ words: say("working"), kind: "tick" }, now.working, working => set({ working })),
  ]
}

export function way(modeler, flow) {
  const usual = field({ words: say("usual"), kind: "tick" }, isUsual(flow), on => setUsual(modeler, flow, on))
  const when = field({ words: say("condition"), hint: say("conditionHint"), kind: "lines" }, condition(flow), text => setCondition(modeler, flow, text))
  return flow.source.type === "bpmn:ExclusiveGateway" ? [when, usual] : []
}

export function ways(modeler, element) {
  const selection = modeler.get("selection"), registry = modeler.get("elementRegistry")
  const out = element.outgoing.filter(each => each.type === "bpmn:SequenceFlow")
  const shown = out.map(each => button(`→ ${each.businessObject.name || called(each.target)}`, () => selection.select(each), "item"))
  const others = drawn(registry).filter(each => each !== element && each.parent === element.parent && !/StartEvent|BoundaryEvent/.test(each.type))
  const lead = field({ words: say("lead"), kind: "choice", options: [["", say("choose")], ...others.map(each => [each.id, called(each)])] }, "", id => id && modeler.get("modeling").connect(element, registry.get(id)))
  return element.type === "bpmn:EndEvent" ? [] : [group(say("ways"), ...shown, lead)]
}
