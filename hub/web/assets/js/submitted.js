// A form that is sent without htmx: the page that answers tells whether it was taken, and then its draft goes, unless it was
// written on since it was sent.
// It carries a key, `_once`: the same words sent again by whoever goes back, for nobody answered, are the same deed.
// The way over a sign-in took nothing, and neither did a page that the browser made up because nobody answered.
import { asked, random, standing } from "./deeds.js"
import { keyOf, read } from "./drafts-store.js"
import { DRAFTED } from "./typed.js"

const KEY = "ringback:submitted", SENT = "ringback:sent"
const PLAIN = `${DRAFTED}:not([hx-post], [hx-put], [hx-patch], [hx-delete])`
const wordsOf = key => JSON.stringify(read(key)?.values)

function idOf(says) {
  const before = JSON.parse(sessionStorage.getItem(SENT) ?? "{}"), id = before.says === says ? before.id : random()
  sessionStorage.setItem(SENT, JSON.stringify({ says, id }))
  return id
}

document.addEventListener("submit", ({ target, submitter }) => {
  if (!target.matches(PLAIN)) return
  sessionStorage.setItem(KEY, JSON.stringify({ key: keyOf(target), words: wordsOf(keyOf(target)) }))
  const id = idOf([asked(target), submitter?.value, standing(target)].join())
  target.addEventListener("formdata", ({ formData }) => formData.set("_once", id), { once: true })
})

export function taken() {
  const { key, words } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}"), [way] = performance.getEntriesByType("navigation")
  sessionStorage.removeItem(KEY)
  if (way.type === "navigate") sessionStorage.removeItem(SENT)
  const answered = way.type === "navigate" && (way.responseStatus ?? 200) < 400
  return answered && !document.referrer.includes("/signin") && words === wordsOf(key) ? key : null
}
