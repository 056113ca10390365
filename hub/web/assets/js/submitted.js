// A form that is sent without htmx: the page that answers tells whether it was taken, and then its draft goes, unless it was
// written on since it was sent.
// The way over a sign-in took nothing, and neither did a page that the browser made up because nobody answered.
import { keyOf, read } from "./drafts-store.js"
import { DRAFTED } from "./typed.js"

const KEY = "ringback:submitted"
const wordsOf = key => JSON.stringify(read(key)?.values)

document.addEventListener("submit", ({ target }) => {
  if (target.matches(`${DRAFTED}:not([hx-post], [hx-put], [hx-patch], [hx-delete])`)) sessionStorage.setItem(KEY, JSON.stringify({ key: keyOf(target), words: wordsOf(keyOf(target)) }))
})

export function taken() {
  const { key, words } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}"), [way] = performance.getEntriesByType("navigation")
  sessionStorage.removeItem(KEY)
  const answered = way.type === "navigate" && (way.responseStatus ?? 200) < 400
  return answered && !document.referrer.includes("/signin") && words === wordsOf(key) ? key : null
}
