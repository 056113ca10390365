// Whoever drives to customers has his visits of today and tomorrow on his telephone before he loses contact (visits-worker.js).
//   <meta name="keeps" content="/static/visits-worker-….js">     what GET /kept-visits says is kept, at each page that says so
//   [data-keeps hidden]                shown once they are kept
//   [data-kept-at="" hidden]  time     shown on a page that comes from the telephone, with when it was kept
const SCOPE = "/visits", worker = document.querySelector("meta[name=keeps]").content
const place = document.querySelector("[data-kept-at]")

if (place?.dataset.keptAt) {
  const at = new Date(place.dataset.keptAt)
  Object.assign(place.querySelector("time"), { dateTime: place.dataset.keptAt, textContent: at.toLocaleString(document.documentElement.lang, { weekday: "short", hour: "2-digit", minute: "2-digit" }) })
  place.hidden = false
}

const ready = found => found.active ?? new Promise(done => {
  const coming = found.installing ?? found.waiting
  coming.addEventListener("statechange", () => coming.state === "activated" && done(coming))
})

async function keep() {
  const asked = await fetch("/kept-visits", { headers: { Accept: "application/json" } }).catch(() => null)
  if (!asked?.ok || asked.redirected) return
  const list = await asked.json(), old = await navigator.serviceWorker.getRegistration(SCOPE)
  if (!list.pages.length && !old) return
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = ({ data }) => { for (const words of document.querySelectorAll("[data-keeps]")) words.hidden = !data }
  const found = await navigator.serviceWorker.register(worker, { scope: SCOPE })
  ;(await ready(found)).postMessage(list, [port2])
}

if (navigator.serviceWorker && window.caches) {
  keep()
  document.addEventListener("ringback:connected", keep)
}
