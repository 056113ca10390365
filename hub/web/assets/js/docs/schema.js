// From a JSON schema: what it is called in words, and an example of it.
const DEEP = 6
const BY_FORMAT = { "date-time": "2026-11-23T09:12:00Z", date: "2026-11-23", uuid: "00000000-0000-4000-8000-000000000000", email: "karin@example.com" }

export function resolve(schema, spec) {
  if (!schema?.$ref) return schema ?? {}
  return schema.$ref.slice(2).split("/").reduce((at, name) => at?.[name.replaceAll("~1", "/")], spec) ?? {}
}

export function typeOf(schema, spec) {
  if (schema?.$ref) return schema.$ref.split("/").at(-1)
  const many = schema?.anyOf ?? schema?.oneOf
  if (many) return many.map(one => typeOf(one, spec)).join(" or ")
  if (schema?.enum) return schema.enum.map(value => JSON.stringify(value)).join(", ")
  if (schema?.type === "array") return `list of ${typeOf(schema.items, spec)}`
  return [].concat(schema?.type ?? "any").join(" or ") + (schema?.format ? `, ${schema.format}` : "")
}

export function example(schema, spec, depth = 0) {
  const known = resolve(schema, spec)
  if (known.example !== undefined) return known.example
  if (known.examples?.length) return known.examples[0]
  if (known.default !== undefined) return known.default
  if (known.enum) return known.enum[0]
  const many = known.anyOf ?? known.oneOf
  if (many) return example(many.find(one => one.type !== "null") ?? many[0], spec, depth)
  if (depth > DEEP) return null
  return byType(known, spec, depth)
}

function byType(schema, spec, depth) {
  switch ([].concat(schema.type)[0]) {
    case "object": return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, one]) => [name, example(one, spec, depth + 1)]))
    case "array": return [example(schema.items, spec, depth + 1)]
    case "string": return BY_FORMAT[schema.format] ?? ""
    case "integer": case "number": return schema.minimum ?? 1
    case "boolean": return true
    default: return null
  }
}
