// Files for a letter: chosen, pasted, or dropped anywhere on it.
//   <input type="file" data-attach="/drafts/7/files">     the answer is #draft-files, with all of them
//   <form data-writing>                                   leaves once they are all there
import htmx from "htmx.org"
import { say, toast } from "./words.js"

let turn = Promise.resolve(true) // one after another: of two answers the older could come last
let many = 0, leaves // what is on its way, and how the letter leaves once it is there

const placeOf = address => document.querySelector(`[data-attach="${address}"]`)?.closest("[data-composer]").querySelector("#draft-files")

function attach(field, files) {
  if (!files.length) return
  const body = new FormData(), address = field.dataset.attach
  for (const file of files) body.append("file", file, file.name)
  field.value = ""
  placeOf(address).setAttribute("aria-busy", "true")
  many++
  turn = turn.then(() => send(address, body)).then(well => {
    many--
    if (!well) leaves = undefined
    if (many) return
    placeOf(address)?.removeAttribute("aria-busy")
    leaves?.()
    leaves = undefined
  })
}

// Whether it is there.
async function send(address, body) {
  try {
    const answer = await fetch(address, { method: "POST", headers: { "HX-Request": "true" }, body }), html = await answer.text(), place = placeOf(address)
    if (!answer.ok) document.querySelector("[data-toasts]").insertAdjacentHTML("beforeend", html)
    else if (place) {
      place.outerHTML = html
      htmx.process(placeOf(address))
    }
    return answer.ok
  } catch {
    toast(say("notAttached"), { refused: true })
    return false
  }
}

const fieldOf = target => target.closest?.("[data-composer]")?.querySelector("[data-attach]")
const holdsFiles = event => event.dataTransfer?.types.includes("Files")

document.addEventListener("submit", event => {
  if (!many || !event.target.matches("[data-composer] form[data-writing]")) return
  event.preventDefault()
  event.stopImmediatePropagation()
  const { target: form, submitter } = event
  leaves = () => form.isConnected && form.requestSubmit(submitter)
}, { capture: true })
document.addEventListener("change", ({ target }) => target.matches("[data-attach]") && attach(target, target.files))
document.addEventListener("dragover", event => {
  if (!holdsFiles(event) || !fieldOf(event.target)) return
  event.preventDefault()
  event.target.closest("[data-composer]").setAttribute("data-over", "")
})
for (const kind of ["dragleave", "drop"]) {
  document.addEventListener(kind, ({ target }) => target.closest?.("[data-over]")?.removeAttribute("data-over"))
}
document.addEventListener("drop", event => {
  const field = holdsFiles(event) && fieldOf(event.target)
  if (!field) return
  event.preventDefault()
  attach(field, event.dataTransfer.files)
})
document.addEventListener("paste", event => {
  const field = event.clipboardData?.files.length && fieldOf(event.target)
  if (!field) return
  event.preventDefault()
  attach(field, event.clipboardData.files)
})
