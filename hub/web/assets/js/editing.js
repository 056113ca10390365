// Forms that change one thing in place, each on its own. What is being typed is nobody else's to change: a form that holds
// something unsaved is left alone by whatever arrives meanwhile, with what it showed before (the hidden field "was").
// Fields that are kept together say by what they are known to who types ("seen"), and the answer brings that anew.
//   <form data-edit>       while it differs from what the hub has, the form has data-dirty; Escape lets go of it
import htmx from "htmx.org"
import { forget } from "./drafts.js"
import { differing, fieldsOf } from "./typed.js"

htmx.config.morphSkip = "[data-dirty]"

function unsaved(form) {
  const { was, value } = form.elements
  return differing(form).length > 0 || Boolean(was && was.value !== value.value)
}

// It was taken: what stands in it is what the hub has, until the part asks for itself again. What was typed since is not.
function settle(form, { request, pressed }) {
  if (pressed.writtenOn) return form.elements.was && (form.elements.was.value = request.body.get("value"))
  form.removeAttribute("data-dirty")
  if (!form.elements.was) return form.reset()
  for (const [, field] of fieldsOf(form)) {
    if (field.matches("select")) for (const option of field.options) option.defaultSelected = option.selected
    else field.defaultValue = field.value
  }
  form.reset()
  form.elements.was.value = form.elements.value.value
}

function letGo(form) {
  const { was, value } = form.elements
  form.reset()
  if (was && value) value.value = was.value
  form.removeAttribute("data-dirty")
  forget(form)
}

function mark() {
  for (const form of document.querySelectorAll("form[data-edit]")) if (unsaved(form)) form.setAttribute("data-dirty", "")
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => {
    if (target.form?.matches("[data-edit]")) target.form.toggleAttribute("data-dirty", unsaved(target.form))
  })
}
document.addEventListener("keydown", event => {
  const form = event.key === "Escape" && event.target.closest("form[data-edit][data-dirty]")
  if (form) letGo(form)
})
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement
  if (form.matches("form[data-edit]") && ctx.request.method !== "GET" && ctx.response.status < 400) settle(form, ctx)
})
// What was pressed while the words before it were on their way goes after these, and changes them. A button with a name is about
// what was seen then.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const { sourceElement: form, request: { body, submitter } } = ctx
  if (!form.matches("form[data-edit]") || submitter?.name) return
  for (const name of ["was", "seen"]) if (body?.has(name)) body.set(name, form.elements[name].value)
})
document.addEventListener("htmx:after:swap", mark)
mark()
