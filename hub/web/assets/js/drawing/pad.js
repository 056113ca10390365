// What stands beside the element that is chosen: the next step, a way to another, and away with it.
const WAYLESS = ["bpmn:EndEvent"]
let words = {}

export const name = told => { words = told }

class Pad {
  static $inject = ["contextPad", "connect", "modeling", "elementFactory", "autoPlace", "elementRegistry"]

  constructor(contextPad, connect, modeling, elementFactory, autoPlace) {
    Object.assign(this, { connect, modeling, elementFactory, autoPlace })
    contextPad.registerProvider(this)
  }

  getContextPadEntries(element) {
    const entries = {}
    const shape = element.type !== "bpmn:SequenceFlow" && element.type !== "label"
    if (shape && !WAYLESS.includes(element.type)) {
      entries.next = this.entry("+", "next", () => {
        this.autoPlace.append(element, this.elementFactory.createShape({ type: "bpmn:UserTask" }))
      })
      const draw = event => this.connect.start(event, element)
      entries.way = { ...this.entry("→", "way", draw), action: { click: draw, dragstart: draw } }
    }
    entries.away = this.entry("✕", "away", () => this.modeling.removeElements([element]))
    return entries
  }

  entry(sign, key, click) {
    const button = document.createElement("div")
    button.className = "entry"
    button.draggable = true
    button.textContent = sign
    return { group: "edit", html: button.outerHTML, title: words[key], action: { click } }
  }
}

export const pad = { __init__: ["ringbackPad"], ringbackPad: ["type", Pad] }
