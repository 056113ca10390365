// The button that was pressed shows that its answer is awaited (the style asks for form.htmx-request [data-pressed]).
document.addEventListener("submit", ({ target, submitter }) => {
  for (const other of target.querySelectorAll("[data-pressed]")) delete other.dataset.pressed
  if (submitter) submitter.dataset.pressed = ""
}, true)
