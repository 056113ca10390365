// A draft of which the hub keeps nothing: each press sends it whole and gets it back changed. What is pressed meanwhile goes after
// it, with the draft as it stands by then; an answer to older words would take away what was written since, and is asked for anew.
//   <form data-whole>     what in it asks has hx-sync="closest form:…"; it is saved once all that was pressed is done
const going = new Map() // what is asked about a form, and the button that waits to save it

function wordsOf(form, { name, value }, place) {
  const words = new URLSearchParams(new FormData(form))
  if (place !== null) words.set(form.querySelector("[data-order-at]").name, place)
  if (name) words.set(name, value)
  return String(words)
}

async function asked(form, words, address, request) {
  for (;;) {
    const body = words(), answer = await fetch(address, { ...request, body: new URLSearchParams(body) }), text = await answer.text()
    if (!answer.ok || !form.isConnected || words() === body) return new Response(text || null, answer)
  }
}

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const { form, body } = ctx.request, source = ctx.sourceElement, at = form?.querySelector("[data-order-at]")
  if (!form?.matches("[data-whole]")) return
  const deed = { name: source.name, value: source.value }, place = at ? body.get(at.name) : null
  ctx.fetch = async (...question) => {
    going.set(form, null)
    return asked(form, () => wordsOf(form, deed, place), ...question)
  }
})
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const { form } = ctx.request, saves = going.get(form)
  going.delete(form)
  if (saves) setTimeout(() => form.requestSubmit(saves))
})
document.addEventListener("submit", event => {
  if (!going.has(event.target)) return
  event.preventDefault()
  going.set(event.target, event.submitter)
}, { capture: true })
