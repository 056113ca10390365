// The command palette: everything I can do here, on Ctrl K (⌘ K). Its field and list are those of suggest.js.
//   <dialog id="palette">       with the field [data-suggest];  [data-palette] opens it too
import { suggest } from "./suggest.js"

const palette = document.getElementById("palette")
const field = palette?.querySelector("[data-suggest]")

function open() {
  palette.showModal() // the browser gives the focus back when it closes
  field.select()
  suggest(field)
}

if (palette) {
  document.addEventListener("keydown", event => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return
    event.preventDefault()
    if (palette.open) palette.close()
    else if (!document.querySelector("dialog:modal")) open()
  })
  document.addEventListener("click", event => {
    const opener = event.target.closest("[data-palette]")
    opener?.closest("[popover]")?.hidePopover()
    if (opener) open()
    else if (event.target.closest("#palette a")) palette.close()
  })
}
