// Photos of a visit: each is made smaller, kept on this telephone (photo-store.js) and sent as soon as there is contact. One that
// the hub does not take stays here until somebody throws it away: it may be the only one.
//   <form data-photos="/visits/7/photos" data-waiting-words data-loose-words data-refused-words data-again-words data-drop-words>
//     input[type=file]  [data-waiting]  [data-submit]
import { again, drop, flush, keep, mine, watch } from "./photo-store.js"

const LARGEST_SIDE = 2000, QUALITY = 0.85
const form = document.querySelector("form[data-photos]")

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
const lineOf = key => form.querySelector(`[data-photo="${key}"]`)

function button(words, deed) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: words })
  made.addEventListener("click", deed)
  return made
}

async function show(one) {
  if (one.address !== form.dataset.photos) return
  let line = lineOf(one.key)
  if (!line) {
    line = Object.assign(document.createElement("li"), { innerHTML: "<img alt=''><span class='small soft'></span>" })
    line.dataset.photo = one.key
    form.querySelector("[data-waiting]").append(line)
    line.querySelector("img").src = await asText(one.blob)
  }
  const { refusedWords, looseWords, waitingWords, againWords, dropWords } = form.dataset
  line.querySelector("span").textContent = one.refused ? refusedWords : one.loose ? looseWords : waitingWords
  for (const old of line.querySelectorAll("button")) old.remove()
  if (one.refused) line.append(button(againWords, () => again(one).then(() => show(one)).then(flush)), button(dropWords, () => drop(one)))
}

if (form) {
  const input = form.querySelector("input[type=file]")
  form.querySelector("[data-submit]").hidden = true
  form.addEventListener("submit", event => event.preventDefault())
  input.addEventListener("change", async () => {
    const files = [...input.files]
    input.value = ""
    for (const file of files) await show(await keep(form.dataset.photos, file.name || "photo.jpg", await smaller(file)))
    flush()
  })
  watch((one, gone) => gone ? lineOf(one.key)?.remove() : show(one))
  mine().then(all => all.forEach(show))
}
