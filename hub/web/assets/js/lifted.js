// A card of the board while it is held, by pointer or by keys: where it would go, what is spoken, and how it is put down.
// While it is held the board is left alone by whatever arrives (data-dirty, see editing.js).
const spoken = document.querySelector("[data-spoken]")
const stale = () => document.dispatchEvent(new CustomEvent("ringback:stale", { detail: "deals" }))
export const hand = { card: undefined, over: undefined }
export const stagesOf = board => [...board.querySelectorAll("[data-stage]")]
export const cardsOf = stage => [...stage.querySelectorAll("[data-deal]")]

export function say(how, values = {}) {
  const words = hand.card.closest("[data-board]").dataset[how]
  if (spoken) spoken.textContent = words.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? hand.card.dataset[key])
}

export function aim(stage) {
  if (hand.over === stage) return
  hand.over?.querySelector("[data-drop]").setAttribute("hidden", "")
  hand.over = stage?.contains(hand.card) ? undefined : stage
  hand.over?.querySelector("[data-drop]").removeAttribute("hidden")
}

export function lift(card) {
  hand.card = card
  card.setAttribute("data-held", "")
  card.closest("[data-board]").setAttribute("data-dirty", "")
}

export function put() {
  const { card, over: stage } = hand, was = card?.closest("[data-stage]").dataset.stage
  aim()
  card?.removeAttribute("data-held")
  card?.closest("[data-board]").removeAttribute("data-dirty")
  hand.card = undefined
  if (!stage) return stale()
  // Refused, the card stands where a colleague put it meanwhile; what was told of that while it was held was left alone.
  window.htmx.ajax("POST", `/deals/${card.dataset.deal}/moves`, { source: card, values: { stage: stage.dataset.stage, was }, target: "#toasts", swap: "beforeend" })?.then(stale)
}
