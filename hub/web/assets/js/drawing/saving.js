// Keeps the draft: [data-save] of the page, Ctrl+S; then the part that says what is wrong asks for itself. The server tells two
// who draw at once apart by the mark of the draft that was drawn on, at first [data-drawn]'s data-was.
//   [data-publish]     a form that is sent once the draft is kept     [data-unkept]     shown as long as something is not
import { say } from "./say.js"

export function saving(modeler, part) {
  const mark = part.querySelector("[data-unkept]")
  let kept = true, changes = 0, turn = null, { was } = part.querySelector("[data-drawn]").dataset

  async function keep() {
    const drawn = changes, { xml } = await modeler.saveXML({ format: true })
    const answer = await fetch(part.dataset.saves, {
      method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams({ diagram: xml, was }),
    }).catch(() => null)
    if (!answer?.ok) {
      tell(answer ? await answer.text() : "")
      return show(false)
    }
    was = (await answer.json()).was
    show(drawn === changes)
    document.dispatchEvent(new CustomEvent("ringback:notice", { detail: { kind: "process" } }))
    return true
  }

  // One goes after another: what was drawn on since then is kept too.
  function save() {
    const mine = turn = turn ? turn.then(well => well && !kept ? keep() : well) : keep()
    return mine.finally(() => { if (turn === mine) turn = null })
  }

  function tell(html) {
    const place = document.querySelector("[data-toasts]")
    if (html.includes("data-toast")) place.insertAdjacentHTML("beforeend", html)
    else mark.textContent = say("away_from_hub")
  }

  function show(now) {
    return mark.hidden = kept = now
  }

  modeler.on("commandStack.changed", ({ trigger }) => {
    if (trigger === "clear") return
    changes++
    mark.textContent = say("unkept")
    show(false)
  })
  part.addEventListener("click", ({ target }) => target.closest("[data-save]") && save())
  document.addEventListener("keydown", event => {
    if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    part.querySelector("[data-piece]").contains(document.activeElement) && document.activeElement.blur()
    save()
  })
  // Publishing is of what is seen: it is kept first, and sent by the form's own way after, with the mark of this drawing.
  part.addEventListener("submit", async event => {
    const form = event.target.closest("[data-publish]")
    if (form) form.elements.was.value = was
    if (!form || kept) return
    event.preventDefault()
    event.stopImmediatePropagation()
    await save()
    if (kept) part.querySelector("[data-publish]")?.requestSubmit()
  }, { capture: true })
  addEventListener("beforeunload", event => kept || event.preventDefault())
}
