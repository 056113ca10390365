// Photos of a visit: each is made smaller, kept on this telephone (IndexedDB) and sent as soon as there is contact, under a key of
// its own, so that the hub keeps it once however often it was sent.
//   <form data-photos="/visits/7/photos" data-waiting-words data-kept-words data-refused-words>  input[type=file]  [data-waiting]  [data-submit]
const NAME = "ringback-photos", STORE = "photos", LARGEST_SIDE = 2000, QUALITY = 0.85
const form = document.querySelector("form[data-photos]"), me = document.body.dataset.me
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
const mine = async () => (await ask("readonly", store => store.getAll())).filter(one => one.me === me)

async function smaller(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" })
    const scale = Math.min(1, LARGEST_SIDE / Math.max(picture.width, picture.height))
    const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) })
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height)
    return await new Promise(done => canvas.toBlob(made => done(made ?? file), "image/jpeg", QUALITY))
  } catch { return file } // the hub says whether it can be shown
}

const asText = blob => new Promise(done => { const reader = new FileReader(); reader.onload = () => done(reader.result); reader.readAsDataURL(blob) })

async function show(one, words) {
  if (one.address !== form?.dataset.photos) return
  const list = form.querySelector("[data-waiting]")
  let line = list.querySelector(`[data-photo="${one.key}"]`)
  if (!line) {
    line = Object.assign(document.createElement("li"), { innerHTML: "<img alt=''><span class='small soft'></span>" })
    line.dataset.photo = one.key
    list.append(line)
    line.querySelector("img").src = await asText(one.blob)
  }
  line.querySelector("span").textContent = words
}

async function send(one) {
  const body = new FormData()
  body.append("photos", one.blob, one.name)
  const answer = await fetch(`${one.address}?key=${one.key}`, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null)
  if (!answer || answer.status >= 500 || answer.status === 401 || answer.status === 429) return false
  await ask("readwrite", store => store.delete(one.key))
  if (form) await show(one, answer.ok ? form.dataset.keptWords : form.dataset.refusedWords)
  if (!answer.ok) document.querySelector("[data-toasts]")?.insertAdjacentHTML("beforeend", await answer.text())
  else form?.querySelector(`[data-photo="${one.key}"]`)?.remove()
  return true
}

async function flush() {
  for (const one of await mine()) if (!await send(one)) return
}
// Two windows of one telephone do not send the same photo at once; if they did, the hub would keep one.
const flushAlone = () => navigator.locks ? navigator.locks.request(NAME, { ifAvailable: true }, lock => lock && flush()) : flush()

async function keep(file) {
  const one = { key: random(), me, address: form.dataset.photos, name: file.name || "photo.jpg", blob: await smaller(file) }
  await ask("readwrite", store => store.put(one))
  await show(one, form.dataset.waitingWords)
}

if (form) {
  const input = form.querySelector("input[type=file]")
  form.querySelector("[data-submit]").hidden = true
  form.addEventListener("submit", event => event.preventDefault())
  input.addEventListener("change", async () => {
    const files = [...input.files]
    input.value = ""
    for (const file of files) await keep(file)
    flushAlone()
  })
  mine().then(all => all.forEach(one => show(one, form.dataset.waitingWords)))
}
for (const event of ["ringback:connected", "ringback:signed-in"]) document.addEventListener(event, flushAlone)
addEventListener("online", flushAlone)
flushAlone()
