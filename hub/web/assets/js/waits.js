// New rows never jump from under the pointer.
//   [data-waits]     a part that asks for itself (see fragments.js); while the pointer or the focus is on one of its rows
//                    and others would move them, its news wait behind [data-news], "2 new", until that is pressed or the
//                    reader has left the rows. What somebody did himself on this page is shown at once.
import { refresh } from "./fragments.js"
import { say } from "./words.js"

const OWN = 3_000 // for so long after a deed of ours what comes is taken as its answer
const AWAY = 800
let mine = 0, leaving

const rows = part => [...part.querySelectorAll("[data-row][id]")].map(row => row.id)
const held = part => part.querySelector("[data-row]:is(:hover, :focus-within)")

function news(part, fragment) {
  const before = rows(part), after = rows(fragment)
  const fresh = after.filter(id => !before.includes(id)).length
  return { fresh, moved: before.join() !== after.join() }
}

function wait(part, fresh) {
  part.dataset.stale = ""
  let button = part.querySelector(":scope > [data-news]")
  if (!button) {
    button = document.createElement("button")
    button.type = "button"
    button.className = "btn news"
    button.dataset.news = ""
    part.prepend(button)
  }
  button.textContent = say(fresh ? "news" : "moved", { n: fresh })
}

function show(part) {
  mine = Date.now()
  part.querySelector(":scope > [data-news]")?.remove()
  delete part.dataset.stale
  refresh((_, each) => each === part)
}

document.addEventListener("htmx:before:swap", event => {
  const { ctx, tasks } = event.detail, part = ctx.sourceElement
  if (!part?.matches?.("[data-waits][data-src]") || ctx.request.method !== "GET" || ctx.response.status >= 400) return
  if (Date.now() - mine < OWN || !held(part)) return delete part.dataset.stale
  const fragment = tasks[0]?.fragment
  const { fresh, moved } = fragment ? news(part, fragment) : {}
  if (!moved) return
  event.preventDefault()
  wait(part, fresh)
})
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.request.method !== "GET") mine = Date.now()
})
document.addEventListener("click", event => {
  const button = event.target.closest("[data-news]")
  if (button) show(button.closest("[data-waits]"))
})
for (const kind of ["pointerout", "focusout"]) {
  document.addEventListener(kind, () => {
    clearTimeout(leaving)
    leaving = setTimeout(() => {
      for (const part of document.querySelectorAll("[data-waits][data-stale]")) if (!held(part)) show(part)
    }, AWAY)
  })
}
