// The button in the corner and the chat that it opens, in a shadow root: the page cannot break them, nor they the page.
import { Asking } from "./asking.js"
import { Badge } from "./badge.js"
import { Composer } from "./composer.js"
import { icon, make } from "./dom.js"
import { Log } from "./log.js"
import { stage } from "./stage.js"

export class Widget {
  constructor(parts) {
    Object.assign(this, parts)
    this.state = { visit: { messages: [], unread: 0 }, duty: { open: false, faces: [] } }
    this.log = new Log(this)
    this.composer = new Composer(this, (message, file) => this.send(message, file))
    this.badge = new Badge(this.words)
    this.isPage = Boolean(document.querySelector("[data-ringback-chat=page]"))
    this.build()
    this.post.changed = () => { if (this.notebook.pass) this.line.follow(); this.draw() }
    this.line.hear = answer => this.show(answer)
    this.line.opened = () => this.read()
    this.line.say = up => this.note.toggleAttribute("hidden", up)
    this.notebook.onPass(() => this.line.follow())
    document.addEventListener("visibilitychange", () => this.read())
  }

  build() {
    const { chat, words } = this
    this.note = make("p.note", { role: "status", hidden: true }, words.offline)
    this.who = make("p.who")
    this.body = make("div.body")
    const close = make("button.round", { type: "button", "aria-label": words.close, onclick: () => this.toggle(false) }, icon("close"))
    const head = make("header", {}, make("div", {}, make("h2", { id: "title" }, words.title), this.who), this.isPage ? null : close)
    this.panel = make("section.panel", { role: "dialog", "aria-labelledby": "title", hidden: true }, head, this.note, this.body)
    this.panel.onkeydown = event => {
      event.stopPropagation() // letters are keys in some pages
      if (event.key === "Escape" && !this.isPage) this.toggle(false)
    }
    this.button = make("button.launch", { type: "button", "aria-expanded": "false", title: words.title, onclick: () => this.toggle() }, icon("chat"), make("span.sr", {}, words.open), this.badge.element)
    this.button.hidden = true
    stage(chat, this.language, [this.panel, this.button], this.isPage)
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
    if (this.isPage || this.notebook.tab("open") && !this.button.hidden) this.toggle(true, false)
    if (this.notebook.pass && this.state.visit.messages.length) this.line.follow()
  }

  async draw() {
    const waiting = await this.post.waiting()
    const { chat, words, state: { visit, duty } } = this
    const talks = visit.messages.length > 0 || waiting.length > 0
    const closed = !duty.open && chat.closed !== "always" && !talks
    this.button.hidden = this.isPage || closed && chat.closed === "hide" && this.panel.hidden
    this.stand(closed, talks)
    const by = visit.by ? [visit.by] : duty.faces
    const faces = by.map(({ initials }) => make("span.face", { "aria-hidden": "true" }, initials))
    this.who.replaceChildren(...faces, visit.by ? `${visit.by.name} ${words.answers}` : closed ? "" : chat.intro)
    this.log.show(visit, waiting, { press: (text, pressed) => this.send({ text, pressed }) })
    this.read()
  }

  // What the chat consists of: questions first, or messages.
  stand(closed, talks) {
    const asks = !talks && !this.notebook.introduced && (closed || Asking.needed(this.chat)) && !this.answers
    const what = asks ? `asking ${closed}` : "talking"
    if (what === this.stands || this.stands?.startsWith("asking") && asks && !this.panel.hidden) return
    this.stands = what
    this.asking = asks ? new Asking(this, { closed, done: (told, text) => this.introduced(told, text) }) : null
    this.body.replaceChildren(...(asks ? [this.asking.element] : [this.log.element, this.composer.element]))
    if (!this.panel.hidden) this.focus()
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

  toggle(open = this.panel.hidden, focus = true) {
    this.panel.hidden = !open
    this.button.setAttribute("aria-expanded", String(open))
    this.button.classList.toggle("opened", open)
    this.notebook.keep("open", open || null)
    this.draw()
    this.composer.grow()
    this.log.toEnd()
    if (focus) open ? this.focus() : this.button.focus()
  }

  focus() { this.asking ? this.asking.focus() : this.composer.field.focus({ preventScroll: true }) }

  // Our messages are in this browser; they are read once they can be seen.
  read() {
    const { visit } = this.state
    const last = visit.messages.filter(({ ours }) => ours).at(-1)?.id ?? 0
    const sees = !this.panel.hidden && !document.hidden
    const news = sees ? last > (this.seen ?? 0) : last > (this.got ?? 0)
    if (news && visit.unread && this.line.tell(sees ? { read: last } : { got: last })) {
      this.got = last
      if (sees) this.seen = last
    }
    this.badge.show(sees ? 0 : visit.unread)
  }
}
