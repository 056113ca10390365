// One menu for all rows, filled when it is asked for.
//   <a href="/tasks/7?open=plan" data-menu="deeds">      opens #deeds at this link, filled from the link's own address
// Without scripts the link leads to a page with the same content. A change that went well closes the menu.
import htmx from "htmx.org"

let opener

async function open(link) {
  const menu = document.getElementById(link.dataset.menu)
  opener = link
  menu.replaceChildren()
  await htmx.ajax("GET", link.getAttribute("href"), { target: menu, swap: "innerHTML" })
  if (!menu.childElementCount) return
  menu.showPopover({ source: link.checkVisibility() ? link : link.closest("[data-row]") ?? link })
  const first = ["details[open] :is(button, input:not([type=hidden]), textarea)", "summary, button, a"].map(selector => menu.querySelector(selector))
  first.find(Boolean)?.focus()
}

document.addEventListener("click", event => {
  const link = event.target.closest("a[data-menu]")
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  open(link)
})

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const menu = ctx.sourceElement.closest("[popover]")
  if (!menu || ctx.request.method === "GET" || ctx.response.status >= 400) return
  menu.hidePopover()
  if (opener?.isConnected) opener.closest("[data-row]")?.querySelector("a:not(.clock), button")?.focus()
})
