// Brings messages to the hub, one after the other, however long that takes. Each has a key of its own that stays the same:
// sent twice, it is one.
import { page } from "./page.js"
import { Queue } from "./queue.js"

const PATIENCE = 15_000, FILE_PATIENCE = 5 * 60_000, FIRST = 2000, LONGEST = 60_000
const AGAIN = new Set([408, 425, 429])

// Not randomUUID: browsers give it to https pages only.
const key = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), byte => byte.toString(16).padStart(2, "0")).join("")

export class Post {
  constructor(chat, notebook) {
    this.chat = chat
    this.notebook = notebook
    this.queue = new Queue(chat.token)
    this.taken = new Map() // with the hub, and not yet shown by it
    this.tries = 0
    this.changed = () => {}
    this.tabs = "BroadcastChannel" in window ? new BroadcastChannel(`ringback chat ${chat.token}`) : null
    if (this.tabs) this.tabs.onmessage = () => this.changed()
    addEventListener("online", () => { this.tries = 0; this.go() })
    this.go()
  }

  async send(message, file) {
    const item = { ...message, id: key(), at: Date.now() + Math.random(), page: page(this.notebook) }
    if (file) Object.assign(item, { file, fileName: file.name, type: file.type })
    await this.queue.put(item)
    this.news()
    this.go()
  }

  // What is shown as being on its way, the oldest first.
  async waiting() { return [...this.taken.values(), ...await this.queue.all()] }

  async again(item) {
    await this.queue.put({ ...item, refused: "" })
    this.news()
    this.go()
  }

  async drop(item) {
    await this.queue.drop(item)
    this.news()
  }

  // One tab at a time, where browsers can say so; else both send, and the key makes it one.
  async go() {
    clearTimeout(this.timer)
    if (this.busy) return
    this.busy = true
    const all = () => this.sendAll().catch(() => false)
    const done = await (navigator.locks ? navigator.locks.request(this.tabs?.name ?? "ringback chat", all) : all())
    this.busy = false
    if (!done) this.timer = setTimeout(() => this.go(), Math.min(LONGEST, FIRST * 2 ** this.tries++) * (0.75 + Math.random() / 2))
  }

  async sendAll() {
    for (let item; (item = (await this.queue.all()).find(({ refused }) => !refused));) {
      const response = await this.attempt(item)
      if (response.status === 401) { this.notebook.pass = null; return false }
      if (response.status >= 500 || AGAIN.has(response.status)) return false
      this.tries = 0
      if (response.ok) this.taken.set(item.id, { ...item, taken: true })
      else await this.queue.put({ ...item, refused: (await response.json().catch(() => ({}))).detail || " " })
      if (response.ok) await this.queue.drop(item)
      this.news()
    }
    return true
  }

  async attempt({ id, text, file, fileName, type, at, refused, page, ...others }) {
    const v = this.notebook.pass ?? await this.introduce()
    const head = JSON.stringify({ v, id, text, page, ...others, file: file && { name: fileName, type } })
    const options = { method: "POST", mode: "cors", credentials: "omit", headers: { "Content-Type": "text/plain" } }
    return fetch(this.chat.intake, { ...options, body: file ? new Blob([head, "\n", file]) : head, signal: AbortSignal.timeout(file ? FILE_PATIENCE : PATIENCE) })
  }

  async introduce() {
    const response = await fetch(`${this.chat.at}/visitor`, { method: "POST", mode: "cors", credentials: "omit", signal: AbortSignal.timeout(PATIENCE) })
    const { v } = await response.json()
    this.notebook.pass ??= v // another tab may have been quicker
    return this.notebook.pass
  }

  // The hub shows these now.
  shown(keys) { for (const each of keys) this.taken.delete(each) }

  news() {
    this.tabs?.postMessage("")
    this.changed()
  }
}
