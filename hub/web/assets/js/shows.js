// Parts of a form that belong to one choice: they are shown when it is made.
//   <select data-shows>                     the choice
//   <div data-for="number money">           shown while one of these is chosen, in the same form
function show(select) {
  for (const part of select.form.querySelectorAll("[data-for]")) {
    part.hidden = !part.dataset.for.split(" ").includes(select.value)
  }
}

document.addEventListener("change", ({ target }) => target.matches("[data-shows]") && show(target))
document.querySelectorAll("[data-shows]").forEach(show)
