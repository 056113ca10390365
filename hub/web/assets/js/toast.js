// What was just done, with Undo. A toast goes by itself after eight seconds, unless it is under the pointer or in focus;
// one that tells of a refusal stays longer, and goes into the dialog that lies above everything else. Of many the oldest go, and
// of two that say the same the first.
//   [data-toasts]     where they stand      [data-toast]     one of them      [data-dismiss]     takes it away
//   [data-about="task 7"]     what a toast tells of in every window: followed or taken away in one, it is gone in the others
import { hear, tell } from "./windows.js"

const SHORT = 8_000, LONG = 20_000, MOST = 3
const place = document.querySelector("[data-toasts]")

function expire(toast) {
  const above = document.querySelector("dialog:modal")
  if (above && toast.matches(".refused") && !above.contains(toast)) above.append(toast)
  const older = [...place.querySelectorAll("[data-toast]")].filter(each => each !== toast && !each.matches(".refused, :hover, :focus-within"))
  older.filter((each, at) => at <= older.length - MOST || each.isEqualNode(toast)).forEach(each => each.remove())
  const pause = toast.matches(".refused") ? LONG : SHORT
  const leave = () => toast.matches(":hover, :focus-within") ? setTimeout(leave, 1000) : toast.remove()
  setTimeout(leave, pause)
}

if (place) {
  new MutationObserver(changes => {
    for (const { addedNodes } of changes) for (const node of addedNodes) if (node.matches?.("[data-toast]")) expire(node)
  }).observe(place, { childList: true })
  place.querySelectorAll("[data-toast]").forEach(expire)

  // An undone deed takes its own toast along; the answer brings the next one.
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => ctx.sourceElement.closest("[data-toast]")?.remove())
  document.addEventListener("click", ({ target }) => {
    const toast = target.closest("[data-toast]")
    if (toast?.dataset.about && target.closest("a, [data-dismiss]")) tell("toast", toast.dataset.about)
    if (target.closest("[data-dismiss]")) toast?.remove()
  })
  hear("toast", about => place.querySelector(`[data-about="${CSS.escape(about)}"]`)?.remove())
}
