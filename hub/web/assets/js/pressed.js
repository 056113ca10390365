// The button that was pressed is busy until its answer is there: it keeps its width and shows a ring.
document.addEventListener("submit", ({ target, submitter }) => {
  for (const other of target.querySelectorAll("[data-pressed]")) delete other.dataset.pressed
  if (submitter) submitter.dataset.pressed = ""
}, true)
const pressed = ({ detail: { ctx } }) => ctx.sourceElement.querySelector?.("[data-pressed]")
document.addEventListener("htmx:before:request", event => pressed(event)?.setAttribute("aria-busy", "true"))
document.addEventListener("htmx:finally:request", event => pressed(event)?.removeAttribute("aria-busy"))

// A form that is sent as a page is on its way until another one is shown, or Escape stops it: pressed twice, it is sent once.
const LONG = 20_000 // milliseconds, after which nobody waits for that page any more
let going, timer

function end() {
  clearTimeout(timer)
  going?.removeAttribute("aria-busy")
  going = undefined
}

document.addEventListener("submit", event => {
  const { target: form, submitter } = event, shown = submitter?.getAttribute("formtarget") ?? form.target
  if (event.defaultPrevented || form.getAttribute("method") !== "post" || (shown && shown !== "_self")) return
  if (going && going === submitter) return event.preventDefault()
  end()
  going = submitter
  going?.setAttribute("aria-busy", "true")
  timer = setTimeout(end, LONG)
})
document.addEventListener("keydown", ({ key }) => key === "Escape" && end())
addEventListener("pageshow", end)
