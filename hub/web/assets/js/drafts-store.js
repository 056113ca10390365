// What is typed into the forms of drafts.js, kept in this browser for two weeks: { at, values: { "name:1": [typed, given] } }.
import { differing, given, typed } from "./typed.js"

const OLD = 14 * 24 * 3600_000
const PREFIX = `ringback:draft:${document.body.dataset.me}:`

export const keyOf = form => PREFIX + (form.dataset.draft || form.getAttribute("action") || location.pathname)
export const read = key => JSON.parse(localStorage.getItem(key) ?? "null")

export function keep(form) {
  const values = Object.fromEntries(differing(form).map(([name, field]) => [name, [typed(field), given(field)]]))
  if (Object.keys(values).length) put(keyOf(form), { at: Date.now(), values })
  else localStorage.removeItem(keyOf(form))
}

export function put(key, draft) {
  try { localStorage.setItem(key, JSON.stringify(draft)) } catch { /* a private window, or no room left: it is kept as long as the page is */ }
}

export function expire() {
  for (const key of Object.keys(localStorage)) if (key.startsWith("ringback:draft:") && Date.now() - read(key).at > OLD) localStorage.removeItem(key)
}
