// The chat behind the button in the corner, in a shadow root: the page cannot break it, nor it the page.
import { Asking } from "./asking.js"
import { Badge } from "./badge.js"
import { Composer } from "./composer.js"
import { Log } from "./log.js"
import { Reading } from "./reading.js"
import { Shell } from "./shell.js"

export class Widget {
  constructor(parts) {
    Object.assign(this, parts)
    this.state = { visit: { messages: [], unread: 0 }, duty: { open: false, faces: [] } }
    this.log = new Log(this)
    this.composer = new Composer(this, (message, file) => this.send(message, file))
    this.badge = new Badge(this.words)
    this.reading = new Reading(this.line)
    this.shell = new Shell(this, this.badge, open => this.toggle(open))
    this.post.changed = () => { if (this.notebook.pass) this.line.follow(); this.draw() }
    this.line.hear = answer => this.show(answer)
    this.line.opened = () => this.read()
    this.line.say = up => this.shell.note.toggleAttribute("hidden", up)
    this.notebook.onPass(() => this.line.follow())
    document.addEventListener("visibilitychange", () => this.read())
  }

  async show({ duty, visit, writing, stranger }) {
    if (stranger) return this.line.ask().then(answer => this.show(answer), () => {})
    if (duty) this.state.duty = duty
    if (visit) {
      this.state.visit = visit
      this.post.shown(visit.messages.map(({ key }) => key))
      if (visit.messages.length) this.line.follow()
    }
    if (writing) this.log.writing(visit?.by?.name ?? this.state.visit.by?.name)
    if (visit || duty) await this.draw()
    if (!this.begun) this.begin()
  }

  begin() {
    this.begun = true
    if (this.shell.isPage || this.notebook.tab("open") && !this.shell.button.hidden) this.toggle(true, false)
    if (this.notebook.pass && this.state.visit.messages.length) this.line.follow()
  }

  async draw() {
    const waiting = await this.post.waiting()
    const { chat, words, state: { visit, duty } } = this
    const talks = visit.messages.length > 0 || waiting.length > 0
    const closed = !duty.open && chat.closed !== "always" && !talks
    this.shell.button.hidden = this.shell.isPage || closed && chat.closed === "hide" && !this.shell.isOpen
    this.stand(closed, talks)
    this.shell.says(visit.by ? [visit.by] : duty.faces, visit.by ? `${visit.by.name} ${words.answers}` : closed ? "" : chat.intro)
    this.log.show(visit, waiting, { press: (text, pressed) => this.send({ text, pressed }) })
    this.read()
  }

  // What the chat consists of: questions first, or messages.
  stand(closed, talks) {
    const asks = !talks && !this.notebook.introduced && (closed || Asking.needed(this.chat)) && !this.answers
    const what = asks ? `asking ${closed}` : "talking"
    if (what === this.stands || this.stands?.startsWith("asking") && asks && this.shell.isOpen) return
    this.stands = what
    this.asking = asks ? new Asking(this, { closed, done: (told, text) => this.introduced(told, text) }) : null
    this.shell.body.replaceChildren(...(asks ? [this.asking.element] : [this.log.element, this.composer.element]))
    if (this.shell.isOpen) this.focus()
  }

  introduced(told, text) {
    this.answers = told
    if (text) this.send({ text })
    if (text) this.log.status.textContent = this.words.thanks
    this.stands = ""
    this.draw()
  }

  async send(message, file) {
    const known = this.notebook.introduced
    const told = known ? { name: known.name } : this.answers ?? {}
    await this.post.send({ ...told, ...message, lang: this.language }, file)
    if (this.answers && !known) this.notebook.introduced = { name: this.answers.name }
    this.log.toEnd()
  }

  toggle(open = !this.shell.isOpen, focus = true) {
    this.shell.open(open)
    this.notebook.keep("open", open || null)
    this.draw()
    this.composer.grow()
    this.log.toEnd()
    if (focus) open ? this.focus() : this.shell.button.focus()
  }

  focus() { this.asking ? this.asking.focus() : this.composer.field.focus({ preventScroll: true }) }

  read() {
    const sees = this.shell.isOpen && !document.hidden
    this.reading.tell(this.state.visit, sees)
    this.badge.show(sees ? 0 : this.state.visit.unread)
  }
}
