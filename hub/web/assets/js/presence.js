// Tells the hub that somebody looks at this card, and in which part he writes, so that others on it see him; says good-bye
// when the page goes. Who else is here stands in the same element, which asks for itself on notices.
//   <div data-presence="/contacts/3/presence">    where to say it
//   <form data-writing="fields.flats">            the part that is being written while the form holds something unsaved
import { refresh } from "./fragments.js"

const EVERY = 20_000
const place = document.querySelector("[data-presence]")
const address = place?.dataset.presence
let told, telling

function writing() {
  const form = document.activeElement?.closest("form[data-writing]")
  const unsaved = form?.matches("[data-dirty]") || form?.querySelector("textarea")?.value
  return unsaved ? form.dataset.writing : ""
}

// One word at a time: of two the older could come last.
async function tell() {
  if (document.visibilityState !== "visible" || telling) return
  told = writing()
  telling = fetch(address, {
    method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams({ writing: told }), signal: AbortSignal.timeout(EVERY),
  })
  try { await telling } catch { /* no contact with the hub is told elsewhere */ }
  telling = undefined
  tellNews()
}

const tellNews = () => setTimeout(() => writing() !== told && tell())

if (address) {
  for (const kind of ["input", "focusin", "focusout"]) document.addEventListener(kind, tellNews)
  document.addEventListener("htmx:after:request", tellNews)
  document.addEventListener("visibilitychange", tell)
  addEventListener("pagehide", () => navigator.sendBeacon(address, new URLSearchParams({ _method: "delete" })))
  addEventListener("pageshow", tell)
  setInterval(() => { tell(); refresh(kinds => kinds.includes("presence")) }, EVERY)
}
