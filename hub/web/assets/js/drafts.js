// Keeps what is being written until it is saved: in this tab, through a reload, a lost connection or a wrong click.
//   <form data-draft="note-3">     its text fields are kept under that name and forgotten once the form was taken
const PREFIX = "ringback:draft:"
const FIELDS = "textarea[name], input[type=text][name], input:not([type])[name]"
const key = form => PREFIX + form.dataset.draft

function keep(form) {
  const values = Object.fromEntries([...form.querySelectorAll(FIELDS)].map(field => [field.name, field.value]))
  if (Object.values(values).some(Boolean)) sessionStorage.setItem(key(form), JSON.stringify(values))
  else sessionStorage.removeItem(key(form))
}

function bring(form) {
  if ("draftKept" in form.dataset) return
  form.dataset.draftKept = ""
  const values = JSON.parse(sessionStorage.getItem(key(form)) ?? "{}")
  for (const field of form.querySelectorAll(FIELDS)) field.value ||= values[field.name] ?? ""
}

function forget(form) {
  sessionStorage.removeItem(key(form))
  form.reset()
}

const bringAll = () => document.querySelectorAll("form[data-draft]").forEach(bring)

document.addEventListener("input", event => {
  const form = event.target.closest("form[data-draft]")
  if (form) keep(form)
})
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement.closest("form[data-draft]")
  if (form && ctx.response.status < 400) forget(form)
})
document.addEventListener("htmx:after:swap", bringAll)
bringAll()
