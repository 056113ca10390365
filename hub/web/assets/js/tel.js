// The browser's telephone links, opened here if somebody wants that; where the browser cannot, nothing is offered.
//   [data-tel]   the part of the page, shown where it can be done      [data-tel-here="/dial?number=%s"]   the button that asks
const part = document.querySelector("[data-tel]")

if (part && "registerProtocolHandler" in navigator) {
  part.hidden = false
  part.querySelector("[data-tel-here]").addEventListener("click", ({ currentTarget }) => {
    navigator.registerProtocolHandler("tel", new URL(currentTarget.dataset.telHere, location).href.replace("%25s", "%s"))
  })
}
