// A form that is sent without htmx: the page that answers tells whether it was taken, and then its draft goes.
// The way over a sign-in took nothing, and neither did a page that the browser made up because nobody answered.
import { keyOf } from "./drafts-store.js"
import { DRAFTED } from "./typed.js"

const KEY = "ringback:submitted"

document.addEventListener("submit", ({ target }) => {
  if (target.matches(`${DRAFTED}:not([hx-post], [hx-put], [hx-patch], [hx-delete])`)) sessionStorage.setItem(KEY, keyOf(target))
})

export function taken() {
  const key = sessionStorage.getItem(KEY), [way] = performance.getEntriesByType("navigation")
  sessionStorage.removeItem(KEY)
  const answered = way.type === "navigate" && (way.responseStatus ?? 200) < 400
  return answered && !document.referrer.includes("/signin") ? key : null
}
