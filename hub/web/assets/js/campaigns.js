// A letter is shown in its frame as it is written.
//   <form data-letter>    the draft;   <button form="…" formaction="…" formtarget="FRAME" data-letter-again>    shows it in the frame
// Each time the frame is a new one, so that Back leads to the page before, and not to the letter before.
import "./letter-kept.js"

const PAUSE = 400
let timer

function show() {
  const button = document.querySelector("[data-letter-again]"), frame = document.getElementsByName(button?.getAttribute("formtarget"))[0]
  if (!frame) return
  const { form } = button, before = [form.action, form.target], fresh = frame.cloneNode()
  frame.replaceWith(fresh)
  form.action = button.formAction
  form.target = button.formTarget
  HTMLFormElement.prototype.submit.call(form)
  form.setAttribute("action", new URL(before[0]).pathname)
  form.target = before[1]
}

function soon({ target }) {
  const form = target.form ?? target.closest?.("form") ?? target.closest?.("[data-order]")?.closest("form")
  if (!form?.matches("[data-letter]")) return
  clearTimeout(timer)
  timer = setTimeout(show, PAUSE)
}

document.addEventListener("input", soon)
document.addEventListener("change", soon)
document.addEventListener("htmx:after:swap", () => { clearTimeout(timer); timer = setTimeout(show, PAUSE) })
document.addEventListener("click", event => {
  if (!event.target.closest("[data-letter-again]")) return
  event.preventDefault()
  show()
})
show()
