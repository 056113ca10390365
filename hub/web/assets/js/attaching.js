// Files for a letter: chosen, pasted, or dropped anywhere on it.
//   <input type="file" data-attach="/drafts/7/files">     the answer is #draft-files, with all of them
import htmx from "htmx.org"
import { say, toast } from "./words.js"

async function attach(field, files) {
  if (!files.length) return
  const body = new FormData(), place = document.getElementById("draft-files")
  for (const file of files) body.append("file", file, file.name)
  place.setAttribute("aria-busy", "true")
  try {
    const answer = await fetch(field.dataset.attach, { method: "POST", headers: { "HX-Request": "true" }, body })
    if (!answer.ok) return document.querySelector("[data-toasts]").insertAdjacentHTML("beforeend", await answer.text())
    place.outerHTML = await answer.text()
    htmx.process(document.getElementById("draft-files"))
  } catch {
    toast(say("notAttached"), { refused: true })
  } finally {
    place.removeAttribute("aria-busy")
    field.value = ""
  }
}

const fieldOf = target => target.closest?.("[data-composer]")?.querySelector("[data-attach]")
const holdsFiles = event => event.dataTransfer?.types.includes("Files")

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
