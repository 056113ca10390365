// The form of a step: what is asked, in its order, each with what the server says can be said of an answer.
import { button, field, group } from "./fields.js"
import { keep, own } from "./own.js"
import { say } from "./say.js"

export function answers(modeler, element, fields) {
  const work = () => own(element).tag === "work" ? own(element) : { tag: "work", answers: [] }
  const set = list => keep(modeler, element, { ...work(), answers: list })
  const change = (place, name, value) => set(work().answers.map((each, at) => at === place ? { ...each, [name]: value } : each))

  function one(answer, place) {
    const box = document.createElement("details"), summary = document.createElement("summary")
    summary.textContent = answer.label || answer.name || say("answer")
    box.open = opened.has(`${element.id} ${place}`)
    box.addEventListener("toggle", () => box.open ? opened.add(`${element.id} ${place}`) : opened.delete(`${element.id} ${place}`))
    const inside = fields.map(each => {
      const value = answer[each.name] ?? each.usual ?? ""
      return field(each, each.kind === "tick" ? value === each.on : value, text => change(place, each.name, each.kind === "tick" ? (text ? each.on : each.off) : text))
    })
    const line = Object.assign(document.createElement("div"), { className: "line tight" })
    const up = button("↑", () => set(swapped(work().answers, place)), "btn quiet square")
    up.disabled = place === 0
    up.setAttribute("aria-label", say("up"))
    line.append(up, button(say("leave"), () => set(work().answers.filter((_each, at) => at !== place)), "btn quiet"))
    box.append(summary, ...inside, line)
    return box
  }

  const more = button(say("ask"), () => {
    opened.add(`${element.id} ${work().answers.length}`)
    set([...work().answers, { tag: "answer", name: free(work().answers), label: "", kind: "text" }])
  })
  return group(say("form"), ...work().answers.map(one), more)
}

const opened = new Set()

function swapped(list, place) {
  const moved = [...list]
  moved.splice(place - 1, 2, list[place], list[place - 1])
  return moved
}

function free(list) {
  let number = list.length + 1
  while (list.some(each => each.name === `answer_${number}`)) number += 1
  return `answer_${number}`
}
