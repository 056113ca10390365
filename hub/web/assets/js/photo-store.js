// Photos that wait on this telephone (IndexedDB) for contact with the hub, each under a key of its own: the hub keeps it once
// however often it was sent. Only the hub's own answer counts: a page of the way there (a hotel's, a proxy's) took nothing.
const NAME = "ringback-photos", STORE = "photos", me = document.body.dataset.me
const GONE = "gone", WAITS = "waits", AWAY = "away"
const LATER = new Set([401, 408, 425, 429])
const loose = [] // what this telephone could not keep: no room, or a private window
let tell = () => {}
const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, "0")).join("")

const open = () => new Promise((done, fail) => {
  const asked = indexedDB.open(NAME, 1)
  asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" })
  asked.onsuccess = () => done(asked.result)
  asked.onerror = () => fail(asked.error)
})
async function ask(mode, deed) {
  const store = await open(), done = store.transaction(STORE, mode)
  const asked = deed(done.objectStore(STORE))
  return new Promise((well, ill) => {
    done.oncomplete = () => { store.close(); well(asked.result) }
    done.onerror = done.onabort = () => { store.close(); ill(done.error) }
  })
}
const put = one => one.loose || ask("readwrite", store => store.put(one))

export const watch = teller => { tell = teller }
export const mine = async () => [...await ask("readonly", store => store.getAll()).catch(() => []), ...loose].filter(one => one.me === me)

export async function keep(address, name, blob) {
  const one = { key: random(), me, address, name, blob }
  await ask("readwrite", store => store.put(one)).catch(() => loose.push(Object.assign(one, { loose: true })))
  return one
}

export async function drop(one) {
  if (one.loose) loose.splice(loose.indexOf(one), 1)
  else await ask("readwrite", store => store.delete(one.key))
  tell(one, true)
}

export async function again(one) {
  one.refused = false
  await put(one)
}

async function send(one) {
  const body = new FormData()
  body.append("photos", one.blob, one.name)
  const answer = await fetch(`${one.address}?key=${one.key}`, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null)
  const words = await answer?.text().catch(() => "")
  if (!words || answer.redirected || LATER.has(answer.status)) return AWAY
  if (answer.status >= 500) return WAITS
  if (!words.includes("data-toast")) return AWAY
  if (answer.ok) return await drop(one), GONE
  one.refused = true
  await put(one)
  tell(one, false)
  document.querySelector("[data-toasts]")?.insertAdjacentHTML("beforeend", words)
  return WAITS
}

async function sendAll() {
  const tried = new Set()
  for (let one; (one = (await mine()).find(each => !each.refused && !tried.has(each.key)));) {
    tried.add(one.key)
    if (await send(one) === AWAY) return
  }
}

// Two windows of one telephone take turns; if they did not, the hub would keep one.
export const flush = () => navigator.locks ? navigator.locks.request(NAME, sendAll) : sendAll()

for (const event of ["ringback:connected", "ringback:signed-in"]) document.addEventListener(event, flush)
addEventListener("online", flush)
setTimeout(flush) // once whoever shows them listens
