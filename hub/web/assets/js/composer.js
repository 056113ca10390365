// A letter while it is written: the hub keeps it as it is typed, and once more as the page goes.
//   <section id="composer" data-composer="/drafts/7" data-card="/contacts/3">     POST /drafts/7 keeps; the card has the drafts
//   <footer data-writing-place="/inbox/7/writing">     around it, where there is something else in its place
//   [data-kept]         says when it was kept last
//   [data-put-away]     closes it, as Escape does; the draft stays
//   [data-discard]      the form that throws it away
//   [data-chat]         an answer in a chat, which stays where it is: see answer.js
import htmx from "htmx.org"
import { clockTime, say } from "./words.js"

const PAUSE = 700, PATIENCE = 30_000
let timer, unkept, keeping

const formOf = composer => composer.querySelector("form[data-writing]")

function words(composer) {
  const typed = new URLSearchParams(new FormData(formOf(composer)))
  typed.delete("knowing")
  return typed
}

// One at a time: of two on their way the older could come last.
async function keep(composer) {
  clearTimeout(timer)
  while (keeping) await keeping
  if (unkept !== composer) return
  unkept = undefined
  keeping = tell(composer).finally(() => { keeping = undefined })
  await keeping
}

async function tell(composer) {
  const place = composer.querySelector("[data-kept]")
  const asked = { method: "POST", headers: { "HX-Request": "true" }, body: words(composer), signal: AbortSignal.timeout(PATIENCE) }
  try {
    const answer = await fetch(composer.dataset.composer, asked)
    if (!answer.ok) throw new Error(answer.status)
    place.textContent = say("draftKept", { time: clockTime() })
  } catch {
    unkept ??= composer
    place.textContent = say("draftUnkept")
    timer = setTimeout(() => keep(composer), 10 * PAUSE)
  }
}

// What is left in its place: the drafts of this card, or what stands there otherwise.
async function putAway(composer) {
  await keep(composer)
  const left = composer.closest("[data-writing-place]")?.dataset.writingPlace ?? `${composer.dataset.card}/drafts`
  if (new URL(location).searchParams.has("draft")) history.replaceState(null, "", location.pathname)
  const place = document.createElement("div")
  place.id = "composer"
  composer.replaceWith(place)
  htmx.ajax("GET", left, { source: place, target: place, swap: "outerHTML" })
}

document.addEventListener("input", ({ target }) => {
  const composer = target.closest("[data-composer]")
  if (!composer || target.type === "file" || target.name === "at") return
  unkept = composer
  clearTimeout(timer)
  timer = setTimeout(() => keep(composer), PAUSE)
})
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-put-away]")) putAway(target.closest("[data-composer]"))
})
document.addEventListener("keydown", event => {
  const composer = event.target.closest?.("[data-composer]")
  if (!composer || event.defaultPrevented || event.isComposing) return
  if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && event.target.matches("input.input") && !event.target.closest("[data-template]")) {
    event.preventDefault() // a line that is full is no letter that is ready
    return composer.querySelector("textarea").focus()
  }
  if (event.key !== "Escape" || "chat" in composer.dataset) return
  event.preventDefault()
  putAway(composer)
})
// The letter is told last what it says; whatever waits to be kept goes with it.
document.addEventListener("submit", ({ target }) => {
  if (target.closest("[data-composer]")) { clearTimeout(timer); unkept = undefined }
}, true)
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const composer = ctx.sourceElement.closest?.("[data-composer]")
  const over = ctx.sourceElement.matches?.("form[data-writing], form[data-discard]")
  if (composer && !("chat" in composer.dataset) && over && ctx.request.method !== "GET" && ctx.response.status < 400) putAway(composer)
})
document.addEventListener("htmx:after:swap", () => {
  if (unkept && !unkept.isConnected) { clearTimeout(timer); unkept = undefined } // what took its place has what it said
  const composer = document.querySelector("[data-composer]:not([data-seen])")
  if (!composer) return
  composer.dataset.seen = ""
  composer.scrollIntoView({ block: "nearest" })
  composer.querySelector("[autofocus]")?.focus()
})
addEventListener("pagehide", () => {
  if (unkept?.isConnected) navigator.sendBeacon(unkept.dataset.composer, words(unkept))
})
