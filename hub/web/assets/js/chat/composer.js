// Where the visitor writes: Enter sends, Shift+Enter begins a line; files by button, by dropping or pasting them.
import { icon, make } from "./dom.js"

const LONGEST = 4000, SAYS_EVERY = 3000

export class Composer {
  constructor({ chat, words, notebook, line }, send) {
    Object.assign(this, { chat, words, notebook, line, send })
    this.field = make("textarea", { rows: 1, maxLength: LONGEST, "aria-label": words.write, placeholder: words.write, enterkeyhint: "send" })
    this.field.value = notebook.tab("draft") ?? ""
    this.picked = make("div.picked", { hidden: true })
    this.input = make("input", { type: "file", hidden: true, onchange: () => this.pick(this.input.files[0]) })
    const clip = make("button.round", { type: "button", "aria-label": words.attach, onclick: () => this.input.click() }, icon("clip"))
    const go = make("button.round.go", { "aria-label": words.send }, icon("send"))
    const tools = chat.largest ? [this.input, clip] : []
    this.element = make("form.composer", { noValidate: true }, this.picked, make("div.write", {}, ...tools, this.field, go))
    this.listen()
    this.grow()
  }

  listen() {
    const { element, field } = this
    element.onsubmit = event => { event.preventDefault(); this.leave() }
    field.oninput = () => this.typed()
    field.onkeydown = event => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return
      event.preventDefault()
      this.leave()
    }
    field.onpaste = event => { if (event.clipboardData.files.length) this.pick(event.clipboardData.files[0]) }
    element.ondragover = event => event.preventDefault()
    element.ondrop = event => { event.preventDefault(); this.pick(event.dataTransfer.files[0]) }
  }

  typed() {
    this.grow()
    this.notebook.keep("draft", this.field.value)
    if (!this.field.value) this.said = 0 // it left: the next letter begins something new
    else if (Date.now() - (this.said ?? 0) >= SAYS_EVERY && this.line.tell({ writing: true })) this.said = Date.now()
  }

  grow() {
    this.field.style.height = "auto"
    this.field.style.height = `${Math.min(this.field.scrollHeight + 2, 140)}px`
  }

  pick(file) {
    this.input.value = ""
    const tooLarge = file && file.size > this.chat.largest
    this.file = tooLarge ? null : file
    const away = make("button.round", { type: "button", "aria-label": this.words.remove, onclick: () => { this.pick(null); this.field.focus() } }, icon("close"))
    this.picked.replaceChildren(tooLarge ? this.words.tooLarge : file?.name ?? "", away)
    this.picked.toggleAttribute("role", false)
    if (tooLarge) this.picked.setAttribute("role", "alert")
    this.picked.hidden = !file
    this.field.focus()
  }

  leave() {
    const text = this.field.value.trim(), { file } = this
    if (!text && !file) return this.field.focus()
    this.field.value = ""
    this.pick(null)
    this.typed()
    this.send({ text }, file)
  }
}
