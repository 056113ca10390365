// On a form's own page: does the work that the page asks for, in a worker, which is this file as well. A form that is sent
// before that is done goes without.
import { look } from "./forms/look.js"

if (typeof document === "undefined") onmessage = ({ data }) => postMessage(look(data))
else {
  const here = document.currentScript.src, input = document.querySelector("[data-challenge]")
  input.form.addEventListener("focusin", () => {
    const worker = new Worker(here)
    worker.onmessage = ({ data }) => { input.value = data; worker.terminate() }
    worker.postMessage(input.dataset.challenge)
  }, { once: true })
}
