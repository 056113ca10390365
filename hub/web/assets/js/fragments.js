// Parts of the page that ask for themselves again.
//   data-src="/today/fragment?whose=mine"    where the part comes from; the answer is the same element, morphed in place
//   data-live="task alarm"                   the kinds of record it shows
//   data-every="1000"                        ask at most once in so many milliseconds
//   data-now                                 ask at the first notice, instead of waiting for what comes with it
//   data-load                                ask once as soon as the page is there
// Notices arrive as the event ringback:notice; a change sent from this page counts as one of every kind. One that brings
// {"src": "/popups", "html": "…"} along saves the part of this source from asking. ringback:stale names a part by its id.
import htmx from "htmx.org"

const COALESCE = 60
const SETTLED = 1_000 // milliseconds after an answer of its own, in which what is brought along might be older
const due = new Set(), asked = new WeakMap(), asking = new WeakSet()
let timer, wakesAt

// One question at a time: of two answers the older could come last. What is told meanwhile is asked for after.
async function ask(part) {
  asking.add(part)
  asked.set(part, performance.now())
  try {
    await htmx.ajax("GET", part.dataset.src, { source: part, target: part, swap: "outerMorph" })
  } finally {
    asking.delete(part)
    if (due.size) soon()
  }
}

function askDue() {
  clearTimeout(timer)
  timer = undefined
  let wait = Infinity
  for (const part of due) {
    if (part.isConnected && asking.has(part)) continue
    const pause = (asked.get(part) ?? -Infinity) + Number(part.dataset.every ?? 0) - performance.now()
    if (part.isConnected && pause > 0) wait = Math.min(wait, pause)
    else if (due.delete(part) && part.isConnected) ask(part)
  }
  if (wait < Infinity) wakeIn(wait)
}

function wakeIn(wait) {
  const at = performance.now() + wait
  if (timer && wakesAt <= at) return
  clearTimeout(timer)
  wakesAt = at
  timer = setTimeout(askDue, wait)
}

function soon() {
  if ([...due].some(part => "now" in part.dataset && !asking.has(part))) askDue()
  else wakeIn(COALESCE)
}

export function refresh(shows = () => true) {
  for (const part of document.querySelectorAll("[data-live][data-src]")) {
    if (shows(part.dataset.live.split(" "), part)) due.add(part)
  }
  if (due.size) soon()
}

const isChange = request => request.method !== "GET"

// What comes along is put in its place, unless the part is asking, or just did: then it asks again.
function takes(part, { src, html }) {
  if (!html || part.dataset.src !== src || asking.has(part)) return false
  if (performance.now() - (asked.get(part) ?? -Infinity) < SETTLED) return false
  due.delete(part)
  htmx.swap({ sourceElement: part, target: part, text: html, swap: "outerMorph", request: { method: "GET" } })
  return true
}

document.addEventListener("ringback:notice", ({ detail }) => {
  refresh((kinds, part) => kinds.includes(detail.kind) && !takes(part, detail))
})
document.addEventListener("ringback:stale", ({ detail }) => refresh((_, part) => part.id === detail))
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (isChange(ctx.request) && ctx.response.status < 400) refresh()
})
// A refused part keeps what it shows: an error page must not be put in its place.
document.addEventListener("htmx:before:swap", event => {
  const { ctx } = event.detail
  if (ctx.response?.status >= 400 && ctx.sourceElement?.dataset?.src) event.preventDefault()
})
refresh((_, part) => "load" in part.dataset)
