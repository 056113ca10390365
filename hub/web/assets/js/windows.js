// The windows of one person in one browser know of each other: tell("theme", "dark") here is hear("theme", wear) in the others.
// What is dismissed, seen or chosen in one is so in all of them; records do the same by notices of the hub.
const channel = new BroadcastChannel(`ringback:${document.body.dataset.me}`)
const hearers = {}

channel.addEventListener("message", ({ data }) => hearers[data.about]?.(data.what))

export const tell = (about, what) => channel.postMessage({ about, what })
export const hear = (about, hearer) => { hearers[about] = hearer }
