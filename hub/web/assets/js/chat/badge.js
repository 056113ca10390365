// How many of our messages were not read: on the button, and in the title of a page that is not looked at.
import { make } from "./dom.js"

export class Badge {
  constructor(words) {
    this.words = words
    this.element = make("span.badge", { role: "status", hidden: true })
  }

  show(count) {
    this.element.hidden = !count
    this.element.replaceChildren(...(count ? [String(count), make("span.sr", {}, ` ${this.words.unread}`)] : []))
    if (this.title && document.title === this.title) document.title = this.before
    this.title = ""
    if (!count || !document.hidden) return
    this.before = document.title
    document.title = this.title = `(${count}) ${this.before}`
  }
}
