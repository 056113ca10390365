// Who writes in a chat just now: the other side is shown that somebody of us does, and we that they do.
//   <section data-composer="/contacts/3/answer" data-chat="5">     POST …/typing says that somebody writes, every four seconds
//   [data-types="5"]     says by its data-words that the other side writes: {"kind": "typing", "id": 5}
// Where the page itself scrolls, as on a phone, a conversation of chats opens at its end.
const TELLS = 4_000, FADES = 6_000
const fading = new Map()
let told = 0 // when it was said last of what is being written, 0 where it has not been said of it yet

document.addEventListener("input", ({ target }) => {
  const box = target.matches("form[data-sends] textarea[name=body]") && target.closest("[data-chat]")
  if (box && !target.value.trim()) told = 0
  else if (box && Date.now() - told >= TELLS) tell(box)
})
// Once an answer came, the messenger shows no more that somebody writes: what is written then is something new.
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement.matches?.("form[data-sends]") && ctx.request.method !== "GET") told = 0
})

function tell(box) {
  told = Date.now()
  const body = new URLSearchParams({ chat: box.dataset.chat })
  fetch(`${box.dataset.composer}/typing`, { method: "POST", headers: { "HX-Request": "true" }, body }).catch(() => {})
}

function show(id, writes) {
  for (const place of document.querySelectorAll(`[data-types="${id}"]`)) place.textContent = writes ? place.dataset.words : ""
}

document.addEventListener("ringback:notice", ({ detail: { kind, id } }) => {
  if (kind !== "typing") return
  show(Number(id), true)
  clearTimeout(fading.get(id))
  fading.set(id, setTimeout(() => { fading.delete(id); show(Number(id), false) }, FADES))
})
// The place comes empty from the hub as often as the box around it is drawn anew.
document.addEventListener("htmx:after:swap", () => { for (const id of fading.keys()) show(Number(id), true) })

const thread = document.querySelector(".inbox .thread")
if (thread && document.querySelector("[data-chat]") && getComputedStyle(thread).overflowY === "visible") {
  scrollTo(0, thread.getBoundingClientRect().bottom + scrollY - innerHeight / 2)
}
