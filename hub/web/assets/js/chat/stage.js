// Puts the chat into the page: an element whose name no rule of the page means, and a shadow in it.
import css from "../../css/chat.css"

const LOOKS = { all: "initial", position: "fixed", inset: "auto", width: "0", height: "0", "z-index": "2147483000", display: "block" }

export function stage(chat, language, parts, isPage) {
  const host = document.createElement("ringback-chat")
  for (const [name, value] of Object.entries(LOOKS)) host.style.setProperty(name, value, "important")
  host.style.setProperty("--colour", chat.colour)
  host.style.setProperty("--on", chat.ink)
  host.lang = language
  const root = host.attachShadow({ mode: "open" })
  dress(root)
  const frame = document.createElement("div")
  frame.className = `frame ${chat.side}${isPage ? " page" : ""}`
  frame.append(...parts)
  root.append(frame)
  document.body.append(host)
  fit(frame)
}

// A style that a script adopts needs no permission of the page's policy.
function dress(root) {
  try {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    root.adoptedStyleSheets = [sheet]
  } catch {
    const style = document.createElement("style")
    style.textContent = css
    root.append(style)
  }
}

// On a telephone the keyboard covers a part of the page, and says so nowhere else.
function fit(frame) {
  const view = window.visualViewport
  if (!view) return
  const say = () => { frame.style.setProperty("--high", `${view.height}px`); frame.style.setProperty("--top", `${view.offsetTop}px`) }
  view.addEventListener("resize", say)
  view.addEventListener("scroll", say)
  say()
}
