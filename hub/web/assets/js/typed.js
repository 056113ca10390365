// What somebody typed into a form, beside what the hub gave it. Hidden fields, passwords, files and [data-no-draft] do not count.
export const CHANGES = 'form[method="post"]'
export const DRAFTED = `${CHANGES}:not([data-no-draft])` // the forms of which it is kept
const FIELDS = ":is(input, select, textarea)[name]:not([type=hidden], [type=password], [type=file], [data-no-draft])"

export const ticked = field => field.type === "checkbox" || field.type === "radio"
export const typed = field => ticked(field) ? field.checked : field.value

export function given(field) {
  if (ticked(field)) return field.defaultChecked
  if (field.type !== "select-one") return field.defaultValue ?? field.value
  return ([...field.options].find(option => option.defaultSelected) ?? field.options[0])?.value ?? ""
}

// Each field under its name and its number among those of that name.
export function fieldsOf(form) {
  const counts = {}
  return [...form.elements].filter(field => field.matches(FIELDS)).map(field => {
    const number = counts[field.name] = (counts[field.name] ?? 0) + 1
    return [`${field.name}:${number}`, field]
  })
}

// What somebody said by a form, for a reader: its button, and what was typed, or else all that is in it.
export function spoken(form) {
  const said = differing(form), fields = (said.length ? said : fieldsOf(form)).map(([, field]) => field)
  const words = fields.filter(field => ticked(field) ? field.checked : field.value).map(field => {
    const label = [...field.labels?.[0]?.childNodes ?? []].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data).join("").trim()
    return ticked(field) ? label : `${label}: ${field.selectedOptions?.[0]?.text ?? field.value}`
  })
  return [form.querySelector("button:not([type=button])")?.textContent.trim(), ...words].filter(Boolean).join("\n")
}

export const differing = form => fieldsOf(form).filter(([, field]) => typed(field) !== given(field))

// Whether a form adds something each time that it is sent, and changes nothing that stands in it.
export function adds(form) {
  const written = differing(form).filter(([, field]) => !ticked(field))
  const changes = form.matches("[data-once], [data-edit]") || !written.length || written.some(([, field]) => given(field))
  return "adds" in form.dataset || !changes
}
