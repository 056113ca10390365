// The button that was pressed is busy until its answer is there: it keeps its width and shows a ring.
document.addEventListener("submit", ({ target, submitter }) => {
  for (const other of target.querySelectorAll("[data-pressed]")) delete other.dataset.pressed
  if (submitter) submitter.dataset.pressed = ""
}, true)
const pressed = ({ detail: { ctx } }) => ctx.sourceElement.querySelector?.("[data-pressed]")
document.addEventListener("htmx:before:request", event => pressed(event)?.setAttribute("aria-busy", "true"))
document.addEventListener("htmx:finally:request", event => pressed(event)?.removeAttribute("aria-busy"))
