// One tick for many.
//   <input type=checkbox data-tick-all="tasks">      ticks every [data-tick="tasks"], and shows whether all, some or none are
const all = key => [...document.querySelectorAll(`[data-tick="${key}"]`)]

function show(head) {
  const ticked = all(head.dataset.tickAll).filter(box => box.checked).length
  head.checked = ticked > 0
  head.indeterminate = ticked > 0 && ticked < all(head.dataset.tickAll).length
}

document.addEventListener("change", ({ target }) => {
  const { tickAll, tick } = target.dataset
  if (tickAll) for (const box of all(tickAll)) box.checked = target.checked
  const head = document.querySelector(`[data-tick-all="${tickAll ?? tick}"]`)
  if (head) show(head)
})
