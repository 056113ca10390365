// The line to the hub: a WebSocket, or where that is blocked, requests that wait for an answer.
import { page } from "./page.js"

const FIRST = 1000, LONGEST = 60_000, WAIT = 25, SOCKETS_AGAIN = 5 * 60_000
const sleep = pause => new Promise(done => setTimeout(done, pause))

export class Line {
  constructor(chat, notebook) {
    this.chat = chat
    this.notebook = notebook
    this.mark = ""
    this.tries = this.blocked = 0
    this.hear = this.say = this.opened = () => {}
    addEventListener("online", () => { this.tries = 0; this.wake?.() })
    addEventListener("offline", () => this.say(false))
    addEventListener("pagehide", () => this.socket?.readyState === WebSocket.OPEN && this.socket.close())
    addEventListener("pageshow", event => { if (event.persisted) this.wake?.() })
  }

  // Asks once; a page's policy, a dead hub and a broken answer are all the same: no answer.
  async ask(fields = {}, wait = 0) {
    const body = JSON.stringify({ v: this.notebook.pass ?? "", has: wait ? this.mark : "", page: page(this.notebook), wait, ...fields })
    const response = await fetch(`${this.chat.at}/news`, {
      method: "POST", mode: "cors", credentials: "omit", body, headers: { "Content-Type": "text/plain" },
      signal: AbortSignal.timeout((wait + 15) * 1000),
    })
    if (!response.ok) throw new Error(response.status)
    return this.noted(await response.json())
  }

  // Stays on the line from now on.
  async follow() {
    if (this.following || !this.notebook.pass) return
    this.following = true
    while (this.notebook.pass) {
      const met = this.blocked < 2 ? await this.listen() : await this.poll()
      if (met) this.tries = 0
      this.say(met && navigator.onLine)
      const pause = Math.min(LONGEST, FIRST * 2 ** this.tries++) * (0.75 + Math.random() / 2)
      await Promise.race([sleep(met && this.blocked >= 2 ? 0 : pause), new Promise(done => { this.wake = done })])
    }
    this.following = false
  }

  // Tells whether it is on its way; what is not is told again once there is a line.
  tell(fields) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(fields))
    else if (this.blocked >= 2) this.ask(fields).then(answer => this.hear(answer), () => {})
    else return false
    return true
  }

  listen() {
    return new Promise(done => {
      let met = false
      const end = () => { if (!met) this.block(); this.socket = null; done(met) }
      try { this.socket = new WebSocket(`${this.chat.at.replace(/^http/, "ws")}/live`) } catch { return end() }
      this.socket.onopen = () => {
        this.socket.send(JSON.stringify({ v: this.notebook.pass, has: this.mark, page: page(this.notebook) }))
        this.say(true)
        this.opened()
      }
      this.socket.onmessage = ({ data }) => { met = true; this.blocked = this.tries = 0; this.say(true); this.heard(data) }
      this.socket.onclose = end
    })
  }

  async poll() {
    try {
      this.hear(await this.ask({}, WAIT))
      return true
    } catch { return false }
  }

  // While there is no network at all nothing is blocked.
  block() {
    if (!navigator.onLine || ++this.blocked !== 2) return
    setTimeout(() => { this.blocked = 0 }, SOCKETS_AGAIN)
  }

  async heard(data) {
    try { this.hear(this.noted(JSON.parse(typeof data === "string" ? data : await data.text()))) } catch { /* not ours */ }
  }

  noted(answer) {
    if (answer.stranger) this.notebook.forget()
    if (answer.visit) this.mark = answer.mark
    return answer
  }
}
