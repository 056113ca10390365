// One operation: what it does, what it takes, what it answers, and a form that sends it.
import { el } from "./element.js"
import { example, resolve, typeOf } from "./schema.js"

let count = 0

export function operation(one, spec, token) {
  const id = one.operationId ?? `${one.method}-${one.path}`
  return el("details", { id, className: "operation" },
    el("summary", {}, el("b", { className: `verb ${one.method}`, textContent: one.method.toUpperCase() }),
      el("code", { textContent: one.path }), el("span", { className: "soft grow cut", textContent: one.summary ?? "" })),
    trial(one, spec, token))
}

function trial(one, spec, token) {
  const content = resolve(one.requestBody, spec).content?.["application/json"]
  const parameters = one.parameters.map(parameter => resolve(parameter, spec))
  const answer = el("div", { "aria-live": "polite", className: "stack" })
  const form = el("form", { className: "body form" },
    one.description && el("p", { className: "soft", textContent: one.description }),
    ...parameters.map(parameter => input(parameter, spec)),
    content && body(content, spec),
    el("div", { className: "line" }, el("button", { className: "btn primary", textContent: "Send" }), responses(one, spec)), answer)
  form.addEventListener("submit", async event => {
    event.preventDefault()
    answer.replaceChildren(await send(one, form, parameters, Boolean(content), token()))
  })
  return form
}

function input({ name, in: where, required, description, schema }, spec) {
  const id = `p-${++count}`
  return el("div", { className: "field" },
    el("label", { htmlFor: id }, `${name} `, el("span", { className: "opt", textContent: `${where}, ${typeOf(schema, spec)}${required ? "" : ", optional"}` })),
    el("input", { id, name: `${where}:${name}`, className: "input", required: Boolean(required), autocomplete: "off" }),
    description && el("p", { className: "hint", textContent: description }))
}

function body({ schema }, spec) {
  const id = `p-${++count}`
  return el("div", { className: "field" }, el("label", { htmlFor: id }, "Body ", el("span", { className: "opt", textContent: typeOf(schema, spec) })),
    el("textarea", { id, name: "body", className: "input code", rows: 6, spellcheck: false, value: JSON.stringify(example(schema, spec), null, 2) }))
}

function responses(one, spec) {
  const lines = Object.entries(one.responses ?? {}).map(([status, given]) => {
    const { description, content } = resolve(given, spec)
    const type = Object.values(content ?? {})[0]
    return `${status} ${description ?? ""}${type ? ` (${typeOf(type.schema, spec)})` : ""}`
  })
  return el("ul", { className: "small faint grow" }, ...lines.map(textContent => el("li", { textContent })))
}

async function send(one, form, parameters, hasBody, token) {
  const values = new FormData(form), headers = {}, query = new URLSearchParams()
  let path = one.path
  for (const { name, in: where } of parameters) {
    const value = values.get(`${where}:${name}`)
    if (where === "path") path = path.replace(`{${name}}`, encodeURIComponent(value))
    else if (value && where === "query") query.append(name, value)
    else if (value && where === "header") headers[name] = value
  }
  if (token) headers.Authorization = `Bearer ${token}`
  if (hasBody) headers["Content-Type"] = "application/json"
  const address = query.size ? `${path}?${query}` : path
  const begun = performance.now()
  try {
    const answer = await fetch(address, { method: one.method.toUpperCase(), headers, body: hasBody ? values.get("body") : undefined })
    return show(address, answer, await answer.text(), performance.now() - begun)
  } catch (error) {
    return el("p", { className: "banner late", textContent: error.message })
  }
}

function show(address, answer, text, took) {
  let shown = text
  try { shown = JSON.stringify(JSON.parse(text), null, 2) } catch { /* not JSON: as it came */ }
  return el("div", { className: "stack" },
    el("p", { className: "small" }, el("span", { className: `state ${answer.ok ? "ok" : "late"}`, textContent: `${answer.status} ${answer.statusText}, ${Math.round(took)} ms` }), ` ${address}`),
    shown && el("pre", { className: "answer", tabIndex: 0, textContent: shown }))
}
