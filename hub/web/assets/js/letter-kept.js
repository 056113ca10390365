// A letter is kept whole until it is saved: in this browser, with its blocks as they were added, moved and taken away, each letter
// of a trial and each old version by itself. The hub gives it back as it was, and says whether it is saved by now.
//   <form data-kept="/campaigns/3/content?variant=B"     under which name, which is the address of what is saved
//         data-draft-at="/campaigns/3/draft"             what shows it again
//         data-unsaved>                                  the hub says that it is not saved
//   [data-letter-unsaved]     shown as long as something is not saved     [data-letter-drop]     lets go of that
//   <form data-saved-first="words">     is refused with these words meanwhile: it would take what was saved last
import { differing } from "./typed.js"
import { toast } from "./words.js"

const letter = () => document.querySelector("form[data-kept]")
const keyOf = form => `ringback:draft:${document.body.dataset.me}:${form.dataset.kept}` // drafts.js lets go of old ones
const isUnsaved = form => "unsaved" in form.dataset || differing(form).length > 0
let coming = false // what was kept is asked for, and must not be written over
let lost = false // the browser keeps nothing
let dropped = false // it was let go of: whatever is shown anew until the page is left keeps nothing of it

function keep() {
  const form = letter()
  if (!form || coming || dropped) return
  const unsaved = isUnsaved(form)
  form.querySelector("[data-letter-unsaved]").hidden = !unsaved
  lost = false
  try {
    if (unsaved) localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), body: String(new URLSearchParams(new FormData(form))) }))
    else localStorage.removeItem(keyOf(form))
  } catch { lost = unsaved }
}

async function bring() {
  const form = letter(), kept = form && JSON.parse(localStorage.getItem(keyOf(form)) ?? "null")
  if (!kept || isUnsaved(form)) return keep()
  coming = true
  const html = await shown(form.dataset.draftAt, kept.body)
  coming = false
  if (!html) return
  const page = new DOMParser().parseFromString(html, "text/html")
  if (!page.querySelector("form[data-unsaved]")) return keep()
  form.reset()
  window.htmx.swap({ sourceElement: form, target: document.getElementById("campaign"), text: html, swap: "outerMorph", request: { method: "GET" } })
}

async function shown(address, body) {
  const answer = await fetch(address, { method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams(body) }).catch(() => null)
  return answer?.ok ? answer.text() : ""
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => {
    const form = letter()
    if (!form || (target.form ?? target.closest("form")) !== form) return
    if (target.name === "plain") form.elements.own_plain.checked = true
    if (target.matches("[data-order]")) form.dataset.unsaved = ""
    dropped = false
    keep()
  })
}
document.addEventListener("htmx:after:swap", keep)
document.addEventListener("click", ({ target }) => {
  if (!target.closest("[data-letter-drop]")) return
  dropped = true
  localStorage.removeItem(keyOf(letter()))
})
document.addEventListener("submit", event => {
  const form = letter(), words = event.target.dataset.savedFirst
  if (event.target === form) lost = false
  if (!form || !words || !isUnsaved(form)) return
  event.preventDefault()
  event.stopImmediatePropagation()
  toast(words, { refused: true })
}, { capture: true })
addEventListener("beforeunload", event => lost && event.preventDefault())
addEventListener("DOMContentLoaded", bring) // htmx is there by then
