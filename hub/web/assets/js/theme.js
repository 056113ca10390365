// Light, dark or as the system has it. Loaded in <head> before anything is painted, so that nothing flashes.
//   [data-theme-toggle]          switches between light and dark
//   [data-theme-set="dark"]      light | dark | system; the chosen one gets aria-pressed
const root = document.documentElement
const KEY = "ringback:theme"

const chosen = () => {
  try { return localStorage.getItem(KEY) ?? "system" } catch { return "system" }
}

function wear(theme) {
  if (theme === "system") delete root.dataset.theme
  else root.dataset.theme = theme
  for (const button of document.querySelectorAll("[data-theme-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === theme))
  }
}

function choose(theme) {
  try { localStorage.setItem(KEY, theme) } catch { /* a private window keeps nothing: the choice lasts for this page */ }
  wear(theme)
}

const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark"

wear(chosen())
document.addEventListener("DOMContentLoaded", () => wear(chosen()))
addEventListener("storage", event => event.key === KEY && wear(chosen()))
document.addEventListener("click", event => {
  const set = event.target.closest("[data-theme-set]")
  if (set) choose(set.dataset.themeSet)
  else if (event.target.closest("[data-theme-toggle]")) choose(isDark() ? "light" : "dark")
})
