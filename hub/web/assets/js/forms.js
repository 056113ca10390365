// A form of ours in anybody's page. The hub serves this file behind the form's definition, both in one block:
//   { const FORM = {"token": …, "action": …, "fields": […], …};  <this file>  }
// It stands where its script tag stands, or in every element with data-ringback="TOKEN".
import { Delivery } from "./forms/delivery.js"
import { draw } from "./forms/drawing.js"

const script = document.currentScript

function places() {
  const marked = document.querySelectorAll(`[data-ringback="${CSS.escape(FORM.token)}"]`)
  if (marked.length) return [...marked]
  if (!script?.isConnected) return []
  const place = document.createElement("div")
  script.after(place)
  return [place]
}

function stand() {
  const delivery = new Delivery(FORM)
  for (const place of places()) draw(place, FORM, delivery)
  delivery.resume()
}

if (document.readyState === "loading" && !script?.isConnected) addEventListener("DOMContentLoaded", stand)
else queueMicrotask(stand)
