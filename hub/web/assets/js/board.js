// The board: a deal goes into another stage by dragging its card, or by keys: Space lifts it, arrows choose the stage, Space
// or Enter puts it down, Escape leaves it where it was. The arrows walk from card to card while none is lifted.
//   <div data-board data-lifted="…" data-over-words="…" data-left-words="…">     what is spoken, with {name} {stage} {at} {of}
//     <section data-stage="3" data-stage-name="Quoted">  <p data-drop hidden>    shown where the card would go
//       <article data-deal="7" data-name="…" draggable="true">  <a href>
import { aim, cardsOf, hand, home, lift, put, say, stagesOf } from "./lifted.js"

let moved

// By pointer
document.addEventListener("dragstart", event => {
  const card = event.target.closest?.("[data-deal]")
  if (!card) return
  event.dataTransfer.effectAllowed = "move"
  event.dataTransfer.setData("text/plain", card.dataset.name)
  lift(card)
})
document.addEventListener("dragover", event => {
  const stage = hand.card && event.target.closest?.("[data-stage]")
  if (!stage) return
  event.preventDefault()
  aim(stage)
})
document.addEventListener("drop", event => {
  if (!hand.card || !event.target.closest?.("[data-stage]")) return
  event.preventDefault()
  put()
})
document.addEventListener("dragend", () => {
  if (!hand.card) return
  aim()
  put()
})

// By keys
function choose(step) {
  const all = stagesOf(hand.card.closest("[data-board]")), at = all.indexOf(hand.over ?? home(hand.card))
  const stage = all[Math.max(0, Math.min(all.length - 1, at + step))]
  aim(stage)
  stage.scrollIntoView({ block: "nearest", inline: "nearest" })
  say("overWords", { stage: stage.dataset.stageName, at: all.indexOf(stage) + 1, of: all.length })
}

function walk(card, { key }) {
  const stage = card.closest("[data-stage]"), mine = cardsOf(stage), at = mine.indexOf(card)
  if (key === "ArrowUp" || key === "ArrowDown") return mine[at + (key === "ArrowUp" ? -1 : 1)]
  const all = stagesOf(card.closest("[data-board]")), step = key === "ArrowLeft" ? -1 : 1
  for (let next = all[all.indexOf(stage) + step]; next; next = all[all.indexOf(next) + step]) {
    const cards = cardsOf(next)
    if (cards.length) return cards[Math.min(at, cards.length - 1)]
  }
}

document.addEventListener("keydown", event => {
  const card = event.target.closest?.("[data-deal]"), { key } = event
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return
  if (hand.card === card && key.startsWith("Arrow")) { if (key === "ArrowLeft" || key === "ArrowRight") choose(key === "ArrowLeft" ? -1 : 1) }
  else if (hand.card === card && (key === " " || key === "Enter")) { moved = hand.over && card.id; put() }
  else if (hand.card === card && key === "Escape") { say("leftWords"); aim(); put() }
  else if (key === " ") { lift(card); say("lifted") }
  else if (key.startsWith("Arrow")) walk(card, event)?.querySelector("a").focus()
  else return
  event.preventDefault()
  event.stopPropagation()
}, true)

// The card that was put down by keys keeps the focus where it went.
document.addEventListener("htmx:after:swap", () => {
  const card = moved && document.getElementById(moved)
  if (!card || card.contains(document.activeElement) || document.querySelector("dialog:modal")) return
  card.querySelector("a").focus()
  moved = undefined
})
