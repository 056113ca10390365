// A service worker of the visits and of nothing else (scope /visits): it keeps whoever's visits of today and tomorrow on his
// telephone, and shows them where there is no contact with the hub. What the hub answers always goes before what was kept.
//   postMessage({ who: "3", until: "2026-12-03T00:00Z", pages: ["/visits", "/visits/7"] })     answered by how many are kept
// One person's are kept at a time: another's, those of yesterday, and all where the hub asks to sign in, are thrown away.
const MARK = "kept-", UNTIL = "X-Kept-Until"
const storeOf = who => `${MARK}${location.pathname}-${who}`
const scripts = text => new Set(text.match(/\/static\/[\w.-]+/g))

async function forget(but) {
  for (const name of await caches.keys()) if (name.startsWith(MARK) && name !== but) await caches.delete(name)
}

// A store is opened before anything is asked: if it is thrown away meanwhile, what comes then is in nobody's.
async function keep({ who, until, pages }) {
  await forget(storeOf(who))
  const store = await caches.open(storeOf(who)), wanted = new Set(pages)
  for (const page of pages) {
    const answer = await fetch(page)
    if (answer.redirected) return forget()
    if (answer.status >= 500) return // a hub that is not well takes nothing away
    const text = await answer.text()
    if (!answer.ok || !text.includes(`data-me="${who}"`)) { wanted.delete(page); continue }
    for (const script of scripts(text)) {
      wanted.add(script)
      if (!await store.match(script)) await store.add(script)
    }
    const headers = { "Content-Type": "text/html; charset=utf-8", [UNTIL]: until, "Content-Security-Policy": answer.headers.get("Content-Security-Policy") }
    const stamped = text.replace('data-kept-at=""', `data-kept-at="${new Date().toISOString()}"`)
    await store.put(page, new Response(stamped, { headers }))
  }
  for (const { url } of await store.keys()) if (!wanted.has(new URL(url).pathname)) await store.delete(url)
  return pages.filter(page => wanted.has(page)).length
}

async function kept({ url }) {
  const found = await caches.match(new URL(url).pathname)
  if (!found || !(Date.parse(found.headers.get(UNTIL) ?? "9999") < Date.now())) return found
  await forget()
}

async function visit(request) {
  const old = await kept(request)
  try {
    const answer = await fetch(request, old && { signal: AbortSignal.timeout(8_000) }) // a weak line is as good as none
    if (answer.type === "opaqueredirect") await forget()
    return old && answer.status >= 502 ? old : answer
  } catch { return old ?? Response.error() }
}

const script = async request => fetch(request).catch(async () => await kept(request) ?? Response.error())

self.addEventListener("install", () => self.skipWaiting())
self.addEventListener("activate", event => event.waitUntil(clients.claim()))
self.addEventListener("message", event => event.waitUntil(keep(event.data).catch(() => 0).then(many => event.ports[0]?.postMessage(many ?? 0))))
self.addEventListener("fetch", event => {
  const { request } = event, { origin, pathname, search } = new URL(request.url)
  if (request.method !== "GET" || origin !== location.origin) return
  if (request.mode === "navigate") { if (!search && /^\/visits(\/\d+)?$/.test(pathname)) event.respondWith(visit(request)) }
  else if (pathname.startsWith("/static/")) event.respondWith(script(request))
})
