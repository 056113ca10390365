// Who writes in a chat just now: the other side is shown that somebody of us does, and we that they do.
//   <section data-composer="/contacts/3/answer" data-chat="5">     POST …/typing says that somebody writes, every four seconds
//   [data-types="5"]     says by its data-words that the other side writes: {"kind": "typing", "id": 5}
// Where the page itself scrolls, as on a phone, a conversation of chats opens at its end.
const TELLS = 4_000, FADES = 6_000
const fading = new Map()
let told = 0

document.addEventListener("input", ({ target }) => {
  const box = target.matches("form[data-sends] textarea[name=body]") && target.value.trim() && target.closest("[data-chat]")
  if (!box || Date.now() - told < TELLS) return
  told = Date.now()
  const body = new URLSearchParams({ chat: box.dataset.chat })
  fetch(`${box.dataset.composer}/typing`, { method: "POST", headers: { "HX-Request": "true" }, body }).catch(() => {})
})

function show(id, writes) {
  for (const place of document.querySelectorAll(`[data-types="${id}"]`)) place.textContent = writes ? place.dataset.words : ""
}

document.addEventListener("ringback:notice", ({ detail: { kind, id } }) => {
  if (kind !== "typing") return
  show(Number(id), true)
  clearTimeout(fading.get(id))
  fading.set(id, setTimeout(() => show(Number(id), false), FADES))
})

const thread = document.querySelector(".inbox .thread")
if (thread && document.querySelector("[data-chat]") && getComputedStyle(thread).overflowY === "visible") {
  scrollTo(0, thread.getBoundingClientRect().bottom + scrollY - innerHeight / 2)
}
