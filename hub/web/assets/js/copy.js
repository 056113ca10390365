// Copies what stands in a field.
//   <button data-copy="#link" data-copied="Copied">     copies the value of #link and says so on itself for a moment
//   <input data-select>                                 is selected whole when it gets the focus
const TOLD = 2_000

document.addEventListener("click", async event => {
  const button = event.target.closest("[data-copy]")
  if (!button) return
  const field = document.querySelector(button.dataset.copy)
  field.select?.()
  await navigator.clipboard?.writeText(field.value ?? field.textContent).catch(() => document.execCommand("copy"))
  const words = button.innerHTML
  button.textContent = button.dataset.copied
  setTimeout(() => { button.innerHTML = words }, TOLD)
})
document.addEventListener("focusin", ({ target }) => target.matches("[data-select]") && target.select())
