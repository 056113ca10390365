// The page of the API: reads the hub's own OpenAPI description and draws every operation, each with a form to try it.
//   [data-openapi="/api/openapi.json"]     where the description is; the operations are drawn into this element
//   [data-token]                           field of the bearer token, kept as long as the tab is open
import { el } from "./docs/element.js"
import { operation } from "./docs/operation.js"

const METHODS = ["get", "post", "put", "patch", "delete"]
const place = document.querySelector("[data-openapi]")
const token = document.querySelector("[data-token]")
const KEY = "ringback:token"

function operations(spec) {
  return Object.entries(spec.paths).flatMap(([path, item]) => METHODS.filter(method => item[method])
    .map(method => ({ ...item[method], path, method, parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])] })))
}

function group(name, list, spec) {
  const section = el("section", { className: "panel" }, el("header", {}, el("h2", { textContent: name }), el("span", { className: "count", textContent: list.length })))
  section.append(...list.map(one => operation(one, spec, () => token.value.trim())))
  return section
}

function draw(spec) {
  const byTag = Map.groupBy(operations(spec), one => one.tags?.[0] ?? spec.info.title)
  place.replaceChildren(...[...byTag].map(([tag, list]) => group(tag, list, spec)))
  place.removeAttribute("aria-busy")
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.setAttribute("open", "")
}

token.value = sessionStorage.getItem(KEY) ?? ""
token.addEventListener("input", () => sessionStorage.setItem(KEY, token.value.trim()))
fetch(place.dataset.openapi).then(answer => answer.json()).then(draw).catch(error => {
  place.replaceChildren(el("p", { className: "banner late", role: "alert", textContent: `${place.dataset.failed} (${error.message})` }))
})
