// Dialogs. Escape, a press beside them and [data-close] close them; the focus goes back to what opened them.
//   <button type="button" data-dialog="erase">         opens <dialog id="erase"> of the page
//   <a href="/tasks/new" data-dialog="sheet">          the same, filled from the link's own address, asked as a fragment
// What takes longer than 300 ms shows the shape of what comes. A change sent from within that went well closes it, unless
// it came from a part that shows itself again ([data-stays]).
import htmx from "htmx.org"

const SOON = 300

async function fill(dialog, address) {
  dialog.replaceChildren()
  const late = setTimeout(() => {
    dialog.append(document.querySelector("[data-skeleton]").content.cloneNode(true))
    show(dialog)
  }, SOON)
  await htmx.ajax("GET", address, { source: dialog, target: dialog, swap: "innerHTML" })
  clearTimeout(late)
  const refusal = dialog.querySelector("[data-toast]")
  if (!refusal && dialog.childElementCount) return show(dialog)
  dialog.close()
  if (refusal) document.querySelector("[data-toasts]").append(refusal)
}

function show(dialog) {
  if (!dialog.open) dialog.showModal()
  const first = dialog.querySelector("[autofocus]") ?? dialog
  first.focus()
}

export function open(name, address) {
  const dialog = document.getElementById(name)
  if (address) fill(dialog, address)
  else show(dialog)
}

document.addEventListener("click", event => {
  const opener = event.target.closest("[data-dialog]")
  if (opener && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    event.preventDefault()
    opener.closest("[popover]")?.hidePopover()
    open(opener.dataset.dialog, opener.getAttribute("href"))
  } else if (event.target.closest("[data-close]") || event.target.matches("dialog")) {
    event.target.closest("dialog")?.close()
  }
})

// An answer that belongs into a dialog opens it; one without words has done what it was for.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const dialog = typeof ctx.target === "string" ? document.querySelector(ctx.target) : ctx.target // HX-Retarget is a text
  if (dialog?.matches?.("dialog:not([open])") && ctx.request.method !== "GET" && ctx.response.status !== 204 && dialog.childElementCount) show(dialog)
})
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const stays = ctx.sourceElement.closest("[data-stays]")
  if (ctx.request.method !== "GET" && ctx.response.status < 400 && !stays) ctx.sourceElement.closest("dialog")?.close()
})
