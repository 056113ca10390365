// What the chat looks like: a button, and a panel with a head, a note while the line is lost, and room for what it consists of.
import { icon, make } from "./dom.js"
import { stage } from "./stage.js"

export class Shell {
  constructor({ chat, words, language }, badge, toggle) {
    this.isPage = Boolean(document.querySelector("[data-ringback-chat=page]"))
    this.note = make("p.note", { role: "status", hidden: true }, words.offline)
    this.who = make("p.who")
    this.body = make("div.body")
    const close = make("button.round", { type: "button", "aria-label": words.close, onclick: () => toggle(false) }, icon("close"))
    const head = make("header", {}, make("div", {}, make("h2", { id: "title" }, words.title), this.who), this.isPage ? null : close)
    this.panel = make("section.panel", { role: "dialog", "aria-labelledby": "title", hidden: true }, head, this.note, this.body)
    this.panel.onkeydown = event => {
      event.stopPropagation() // letters are keys in some pages
      if (event.key === "Escape" && !this.isPage) toggle(false)
    }
    this.button = make("button.launch", { type: "button", "aria-expanded": "false", title: words.title, onclick: () => toggle() }, icon("chat"), make("span.sr", {}, words.open), badge.element)
    this.button.hidden = true
    stage(chat, language, [this.panel, this.button], this.isPage)
  }

  get isOpen() { return !this.panel.hidden }

  open(open) {
    this.panel.hidden = !open
    this.button.setAttribute("aria-expanded", String(open))
    this.button.classList.toggle("opened", open)
  }

  says(people, words) {
    const faces = people.map(({ initials }) => make("span.face", { "aria-hidden": "true" }, initials))
    this.who.replaceChildren(...faces, words)
  }
}
