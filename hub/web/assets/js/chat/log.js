// The messages: those that the hub shows, and below them those that are on their way. What did not change stays as it is.
import { icon, linked, make } from "./dom.js"

const KEPT = 40 // pixels from the end within which the log follows what comes

export class Log {
  constructor({ words, language, post }) {
    Object.assign(this, { words, language, post })
    this.rows = new Map()
    this.status = make("p.status", { "aria-live": "polite" })
    this.list = make("ol")
    this.empty = make("p.empty", {}, words.empty)
    this.older = make("p.empty", { hidden: true }, words.earlier)
    this.element = make("div.log", { tabIndex: 0, role: "log", "aria-label": words.log, "aria-relevant": "additions" }, this.empty, this.older, this.list, this.status)
  }

  show(visit, waiting, { press }) {
    const box = this.element
    const follows = box.scrollHeight - box.scrollTop - box.clientHeight < KEPT
    const said = new Set(visit.messages.map(({ key }) => key))
    const rows = visit.messages.map(message => [message.key || String(message.id), message])
    const greeted = !rows.length && visit.greeting ? [["greeting", { ours: true, text: visit.greeting }]] : []
    this.older.hidden = !visit.earlier
    this.empty.hidden = rows.length + greeted.length + waiting.length > 0
    const open = waiting.filter(({ id }) => !said.has(id)).map(item => [item.id, { ...item, at: undefined, pending: true }])
    const all = [...greeted, ...rows, ...open]
    for (const [id, row] of this.rows) if (!all.some(([other]) => other === id)) { row.element.remove(); this.rows.delete(id) }
    all.forEach(([id, message], place) => this.put(id, message, place, place === all.length - 1, press))
    if (follows) this.toEnd()
  }

  put(id, message, place, isLast, press) {
    const looks = JSON.stringify([message, isLast])
    const known = this.rows.get(id)
    if (known?.looks !== looks) {
      const element = this.draw(message, isLast, press)
      if (known) known.element.replaceWith(element)
      this.rows.set(id, { looks, element })
    }
    const { element } = this.rows.get(id)
    if (this.list.children[place] !== element) this.list.insertBefore(element, this.list.children[place] ?? null)
  }

  draw(message, isLast, press) {
    const { words } = this
    const bubble = make("div.bubble", {}, ...linked(message.text ?? ""))
    if (message.marks?.includes("withdrawn")) bubble.append(make("i", {}, words.withdrawn))
    for (const file of message.files ?? []) bubble.append(this.file(file))
    if (message.pending && message.file) bubble.append(make("span.file", {}, icon("file"), message.fileName))
    const buttons = isLast && message.buttons?.map(button => this.button(button, press)) || []
    const row = make(`li.${message.ours ? "ours" : "mine"}${message.pending ? ".pending" : ""}`, {}, bubble, ...buttons, this.about(message))
    if (message.ours) row.prepend(make("span.face", { "aria-hidden": "true", title: message.by?.name ?? null }, message.by?.initials ?? "•"))
    return row
  }

  about(message) {
    const { words } = this, line = make("small")
    if (message.refused) {
      line.append(`${words.refused}. ${message.refused} `, make("button", { type: "button", onclick: () => this.post.drop(message) }, words.drop))
      return line
    }
    if (message.pending) return line.append(message.taken ? words.sending : navigator.onLine ? words.sending : words.waiting), line
    if (!message.at) return line
    const who = message.ours ? message.by?.name ?? words.automatic : words.you
    const at = new Date(message.at), today = at.toDateString() === new Date().toDateString()
    const time = at.toLocaleString(this.language, { ...(today ? {} : { day: "numeric", month: "short" }), hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
    line.append(`${who} · `, make("time", { datetime: message.at }, time), message.marks?.includes("edited") ? ` · ${words.edited}` : "")
    return line
  }

  file({ name, href, type, size }) {
    const link = make("a.file", { href, target: "_blank", rel: "noopener noreferrer", download: name })
    const plain = () => link.replaceChildren(icon("file"), make("span", {}, name), make("small", {}, `${Math.max(1, Math.round(size / 1024))} kB`))
    if (/^image\/(png|jpeg|gif|webp)/.test(type)) link.append(make("img", { src: href, alt: name, loading: "lazy", onerror: plain, onload: () => this.toEnd() }))
    else plain()
    return link
  }

  button({ text, url, payload }, press) {
    if (/^https?:/.test(url ?? "")) return make("a.choice", { href: url, target: "_blank", rel: "noopener noreferrer" }, text)
    return make("button.choice", { type: "button", onclick: () => press(text, payload ?? "") }, text)
  }

  writing(name) {
    clearTimeout(this.fades)
    this.status.textContent = name ? `${name} ${this.words.writes}` : this.words.somebody
    this.fades = setTimeout(() => { this.status.textContent = "" }, 6000)
    this.toEnd()
  }

  toEnd() { this.element.scrollTop = this.element.scrollHeight }
}
