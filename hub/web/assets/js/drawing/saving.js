// Keeps the draft: [data-save] of the page, Ctrl+S; then the part that says what is wrong asks for itself. The server tells two
// who draw at once apart by the mark of the draft that was drawn on, at first [data-drawn]'s data-was.
//   [data-publish]     a form that is sent once the draft is kept     [data-unkept]     shown as long as something is not
import { say } from "./say.js"

export function saving(modeler, part) {
  const mark = part.querySelector("[data-unkept]")
  let kept = true, busy = null, { was } = part.querySelector("[data-drawn]").dataset

  async function keep() {
    const { xml } = await modeler.saveXML({ format: true })
    kept = true
    const answer = await fetch(part.dataset.saves, {
      method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams({ diagram: xml, was }),
    }).catch(() => null)
    if (!answer?.ok) {
      kept = false
      tell(answer ? await answer.text() : "")
      return show()
    }
    was = (await answer.json()).was
    document.dispatchEvent(new CustomEvent("ringback:notice", { detail: { kind: "process" } }))
    return show()
  }

  const save = () => busy ??= keep().finally(() => busy = null)

  function tell(html) {
    const place = document.querySelector("[data-toasts]")
    if (html.includes("data-toast")) place.insertAdjacentHTML("beforeend", html)
    else mark.textContent = say("away_from_hub")
  }

  function show() {
    mark.hidden = kept
    return kept
  }

  modeler.on("commandStack.changed", ({ trigger }) => {
    if (trigger === "clear") return
    kept = false
    mark.textContent = say("unkept")
    show()
  })
  part.addEventListener("click", ({ target }) => target.closest("[data-save]") && save())
  document.addEventListener("keydown", event => {
    if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    part.querySelector("[data-piece]").contains(document.activeElement) && document.activeElement.blur()
    save()
  })
  // Publishing is of what is seen: it is kept first, and sent by the form's own way after.
  part.addEventListener("submit", async event => {
    const form = event.target.closest("[data-publish]")
    if (!form || kept) return
    event.preventDefault()
    event.stopImmediatePropagation()
    await save()
    if (kept) part.querySelector("[data-publish]")?.requestSubmit()
  }, { capture: true })
  addEventListener("beforeunload", event => kept || event.preventDefault())
}
