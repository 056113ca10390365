// Light, dark or as the system has it. The hub keeps the choice and writes it on <html data-theme>; here it is worn at once,
// in every window of this browser.
//   [data-theme-set="dark"]      light | dark | system: a button of the form that tells the hub; the chosen one gets aria-pressed
//   [data-theme-toggle]          presses the one that is not worn
import { hear, tell } from "./windows.js"

const root = document.documentElement

function wear(theme) {
  if (theme === "system") delete root.dataset.theme
  else root.dataset.theme = theme
  for (const button of document.querySelectorAll("[data-theme-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === theme))
  }
}

const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark"

document.addEventListener("click", ({ target }) => {
  const set = target.closest("[data-theme-set]")
  if (target.closest("[data-theme-toggle]")) document.querySelector(`[data-theme-set="${isDark() ? "light" : "dark"}"]`).click()
  else if (set) {
    wear(set.dataset.themeSet)
    tell("theme", set.dataset.themeSet)
  }
})
hear("theme", wear)
// Other choices change the whole page: a window that nobody looks at takes them over at once, what is typed stays.
document.addEventListener("ringback:notice", ({ detail }) => {
  if (detail.kind === "preferences" && document.hidden) location.reload()
})
