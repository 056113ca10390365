// What BPMN has no words for, read from an element and written to it: <ringback:work who="…"> and its like. An element of
// ours is {tag, …attributes, answers: […], body}; whoever draws finds no prefixes and no children.
const OWN = "urn:ringback:process"

const isOwn = value => value.$descriptor?.ns?.uri === OWN

function plain(value) {
  const found = { tag: value.$descriptor.ns.localName, body: value.$body ?? "", answers: (value.$children ?? []).filter(isOwn).map(plain) }
  for (const [name, text] of Object.entries(value)) if (!name.startsWith("$")) found[name] = text
  return found
}

export function own(element) {
  const value = element.businessObject.extensionElements?.get("values").find(isOwn)
  return value ? plain(value) : { tag: "", answers: [], body: "" }
}

// Writes it anew and leaves what others wrote beside it.
export function keep(modeler, element, wanted) {
  const moddle = modeler.get("moddle"), object = element.businessObject
  const others = (object.extensionElements?.get("values") ?? []).filter(value => !isOwn(value))
  const made = moddle.create("bpmn:ExtensionElements", { values: [...others, any(moddle, wanted)] })
  made.$parent = object
  for (const value of made.values) value.$parent = made
  declare(modeler)
  modeler.get("modeling").updateProperties(element, { extensionElements: made })
}

function any(moddle, { tag, answers = [], body = "", ...attributes }) {
  const said = Object.fromEntries(Object.entries(attributes).filter(([, text]) => text))
  const inside = { ...(answers.length && { $children: answers.map(each => any(moddle, { ...each, tag: "answer" })) }), ...(body && { $body: body }) }
  return moddle.createAny(`ringback:${tag}`, OWN, { ...said, ...inside })
}

// An attribute of ours on an element of BPMN itself, such as ringback:visitMinutes.
export const mark = (element, name) => element.businessObject.get(`ringback:${name}`) ?? ""

export function setMark(modeler, element, name, text) {
  declare(modeler)
  modeler.get("modeling").updateProperties(element, { [`ringback:${name}`]: text || undefined })
}

export function declare(modeler) {
  modeler.getDefinitions().$attrs["xmlns:ringback"] ??= OWN
}
