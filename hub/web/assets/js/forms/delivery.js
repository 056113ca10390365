// Brings a submission to the hub, however long that takes. It is written down in this browser before the first try and
// crossed out only when the hub has said that it has it; the nonce stays the same, so twice is once.
import { Work } from "./work.js"

const PATIENCE = 15_000, FIRST = 2_000, LONGEST = 5 * 60_000
const AGAIN = new Set([408, 425, 429])

// Not randomUUID: browsers give it to https pages only.
const nonce = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("")

export class Delivery {
  constructor(form) {
    this.form = form
    this.key = `ringback:form:${form.token}`
    this.listeners = new Set()
    this.tries = 0
    this.work = new Work(form.challenge)
    this.files = new Map() // of this visit only: a browser's notebook has no room for pictures
    addEventListener("online", () => this.resume())
  }

  onState(listener) { this.listeners.add(listener) }

  send(values, files) {
    const item = { values: { ...values, _nonce: nonce() }, at: Date.now() }
    if (files.length) this.files.set(item.values._nonce, files)
    this.write([...this.read(), item])
    return this.attempt(item)
  }

  resume() {
    clearTimeout(this.timer)
    const [oldest] = this.read()
    if (oldest && !this.busy) this.attempt(oldest)
  }

  async attempt(item) {
    this.busy = true
    this.tell({ state: "sending", item })
    const answer = await this.post(item).catch(() => null)
    this.busy = false
    if (!answer || answer.status >= 500 || AGAIN.has(answer.status)) return this.later(item)
    const body = await answer.json().catch(() => ({}))
    this.cross(item)
    if (answer.ok) this.tell({ state: "delivered", item, body })
    else this.tell({ state: "refused", item, errors: body.errors ?? {}, words: body.detail })
    this.resume()
  }

  async post({ values: written }) {
    const values = { ...written, _proof: await this.work.take() }
    const files = this.files.get(values._nonce) ?? []
    const headers = { Accept: "application/json" }
    let body = JSON.stringify(values)
    if (files.length) {
      body = new FormData()
      for (const [name, value] of Object.entries(values)) body.append(name, value)
      for (const [name, file] of files) body.append(name, file)
    } else headers["Content-Type"] = "application/json"
    return fetch(this.form.action, { method: "POST", mode: "cors", credentials: "omit", headers, body, signal: AbortSignal.timeout(PATIENCE) })
  }

  later(item) {
    const pause = Math.min(LONGEST, FIRST * 2 ** this.tries++)
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.resume(), pause * (0.75 + Math.random() / 2))
    this.tell({ state: "waiting", item })
  }

  cross(item) {
    this.tries = 0
    this.files.delete(item.values._nonce)
    this.write(this.read().filter(({ values }) => values._nonce !== item.values._nonce))
  }

  tell(change) { for (const listener of this.listeners) listener(change) }

  read() {
    try { return JSON.parse(localStorage.getItem(this.key)) ?? [] } catch { return this.kept ?? [] }
  }

  write(items) {
    this.kept = items
    try { localStorage.setItem(this.key, JSON.stringify(items)) } catch { /* no notebook here: it lasts as long as the page */ }
  }
}
