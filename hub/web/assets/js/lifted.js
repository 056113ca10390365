// A card of the board while it is held, by pointer or by keys: where it would go, what is spoken, and how it is put down.
// While it is held the board is left alone by whatever arrives (data-dirty, see editing.js).
const spoken = document.querySelector("[data-spoken]")
const stale = () => document.dispatchEvent(new CustomEvent("ringback:stale", { detail: "deals" }))
const goes = new Map() // where a card goes, by its id, until the board shows it there: { to, ended, turn }
const stageOf = card => goes.get(card.id)?.to ?? card.closest("[data-stage]").dataset.stage
export const hand = { card: undefined, over: undefined }
export const stagesOf = board => [...board.querySelectorAll("[data-stage]")]
export const home = card => card.closest("[data-board]").querySelector(`[data-stage="${stageOf(card)}"]`)
export const cardsOf = stage => [...stage.querySelectorAll("[data-deal]")]

export function say(how, values = {}) {
  const words = hand.card.closest("[data-board]").dataset[how]
  if (spoken) spoken.textContent = words.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? hand.card.dataset[key])
}

export function aim(stage) {
  if (hand.over === stage) return
  hand.over?.querySelector("[data-drop]").setAttribute("hidden", "")
  hand.over = stage?.dataset.stage === stageOf(hand.card) ? undefined : stage
  hand.over?.querySelector("[data-drop]").removeAttribute("hidden")
}

export function lift(card) {
  hand.card = card
  card.setAttribute("data-held", "")
  card.closest("[data-board]").setAttribute("data-dirty", "")
}

export function put() {
  const { card, over: stage } = hand
  aim()
  card?.removeAttribute("data-held")
  card?.closest("[data-board]").removeAttribute("data-dirty")
  hand.card = undefined
  if (stage) go(card, stageOf(card), stage.dataset.stage)
  else stale()
}

// Put down again while it is on its way, it goes on from there. A move that is refused, or asks for more, ends its way: it stands
// where a colleague put it meanwhile, and what was told of that while it was held was left alone.
function go(card, was, to) {
  const before = goes.get(card.id)?.turn ?? Promise.resolve(true), one = { to, ended: false }
  goes.set(card.id, one)
  one.turn = before.then(async well => {
    const taken = well && await sent(card, was, to)
    one.ended = true
    if (!taken) goes.delete(card.id)
    stale()
    return taken
  })
}

async function sent({ id, dataset: { deal } }, was, stage) {
  let taken = false
  const asks = async (...asked) => {
    const answer = await fetch(...asked)
    taken = answer.ok
    return answer
  }
  await window.htmx.ajax("POST", `/deals/${deal}/moves`, { source: `#${id}`, values: { stage, was }, target: "#toasts", swap: "beforeend", fetch: asks })
  return taken
}

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id === "deals") for (const [id, { ended }] of goes) if (ended) goes.delete(id)
})
