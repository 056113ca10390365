// Parts of the page that ask for themselves again.
//   data-src="/today/fragment?whose=mine"    where the part comes from; the answer is the same element, morphed in place
//   data-live="task alarm"                   the kinds of record it shows
//   data-every="1000"                        ask at most once in so many milliseconds
//   data-load                                ask once as soon as the page is there
// Notices arrive as the event ringback:notice; a change sent from this page counts as one of every kind.
import htmx from "htmx.org"

const COALESCE = 60
const due = new Set(), asked = new WeakMap()
let timer

function ask(part) {
  htmx.ajax("GET", part.dataset.src, { source: part, target: part, swap: "outerMorph" })
}

function askDue() {
  timer = undefined
  let wait = Infinity
  for (const part of due) {
    const pause = (asked.get(part) ?? -Infinity) + Number(part.dataset.every ?? 0) - performance.now()
    if (part.isConnected && pause > 0) wait = Math.min(wait, pause)
    else if (due.delete(part) && part.isConnected) asked.set(part, performance.now()), ask(part)
  }
  if (due.size) timer = setTimeout(askDue, wait)
}

export function refresh(shows = () => true) {
  for (const part of document.querySelectorAll("[data-live][data-src]")) {
    if (shows(part.dataset.live.split(" "), part)) due.add(part)
  }
  if (due.size) timer ??= setTimeout(askDue, COALESCE)
}

const isChange = request => request.method !== "GET"

document.addEventListener("ringback:notice", ({ detail }) => refresh(kinds => kinds.includes(detail.kind)))
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (isChange(ctx.request) && ctx.response.status < 400) refresh()
})
// A refused part keeps what it shows: an error page must not be put in its place.
document.addEventListener("htmx:before:swap", event => {
  const { ctx } = event.detail
  if (ctx.response?.status >= 400 && ctx.sourceElement?.dataset?.src) event.preventDefault()
})
refresh((_, part) => "load" in part.dataset)
