// What somebody typed into a form, beside what the hub gave it. Hidden fields, passwords, files and [data-no-draft] do not count.
export const DRAFTED = 'form[method="post"]:not([data-no-draft])' // the forms of which it is kept
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

export const differing = form => fieldsOf(form).filter(([, field]) => typed(field) !== given(field))
