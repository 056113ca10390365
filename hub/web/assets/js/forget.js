// Whoever comes to the page of signing in is signed out here: what this telephone kept for him (visits-worker.js) goes. Photos that
// wait to be sent stay: they are his own again when he is back.
const MARK = "kept-", SCOPE = "/visits"
if (navigator.serviceWorker && window.caches) {
  for (const name of await caches.keys()) if (name.startsWith(MARK)) await caches.delete(name)
  await (await navigator.serviceWorker.getRegistration(SCOPE))?.unregister()
}
