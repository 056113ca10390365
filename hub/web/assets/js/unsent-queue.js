// What waits in this browser to be sent, in the order in which it was pressed, and what the hub did not take.
//   { id, action, method, body }     the deed, under its Idempotency-Key
//   { key, draft, adds }             the form that it is from, what was typed there, and whether it only adds to what is there
//   { words, at, refused }           what it says to a reader, since when, and why it was not taken
// Events: ringback:unsent whenever that is not the same any more, by this window or another.
const KEY = `ringback:unsent:${document.body.dataset.me}`

export const all = () => JSON.parse(localStorage.getItem(KEY) ?? "[]")
export const drop = id => store(all().filter(one => one.id !== id))
export const alter = (id, values) => store(all().map(one => one.id === id ? { ...one, ...values } : one))
export const isThere = id => all().some(one => one.id === id)
export const waitsOf = key => all().find(one => one.key === key && !one.adds && one.refused === undefined)

const told = () => document.dispatchEvent(new CustomEvent("ringback:unsent"))

// False where this browser has no room for it.
export function store(queue) {
  try { localStorage.setItem(KEY, JSON.stringify(queue)) } catch { return false }
  told()
  return true
}

addEventListener("storage", ({ key }) => key === KEY && told())
