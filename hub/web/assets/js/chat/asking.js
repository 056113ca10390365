// What is asked before the first message: the admin's questions and consent; while nobody is there also how to answer.
import { make } from "./dom.js"

const TYPES = { tel: "tel", email: "email" }

export class Asking {
  constructor({ chat, words }, { closed, done }) {
    Object.assign(this, { chat, words, closed, done })
    this.element = make("form.asking", { noValidate: true, onsubmit: event => { event.preventDefault(); this.finish() } })
    if (closed) this.element.append(make("p", {}, words.closedWords))
    this.fields = [...this.questions()]
    this.element.append(...this.fields.map(({ box }) => box), ...this.agreeing(), make("button.go", {}, closed ? words.send : words.begin))
  }

  static needed(chat) { return chat.questions.length > 0 || Boolean(chat.consent) }

  *questions() {
    const { chat: { questions }, words, closed } = this
    for (const question of questions) yield this.field("answer", question)
    if (!closed) return
    const reaches = questions.some(({ kind, required }) => TYPES[kind] && required)
    if (!reaches) yield this.field("reach", { label: words.reach, required: true })
    yield this.field("text", { label: words.message, required: true }, "textarea")
  }

  field(name, { label, kind, required }, tag = "input") {
    const error = make("span.error", { role: "alert" })
    const input = make(tag, { name, required, maxLength: tag === "input" ? 500 : 4000, ...(tag === "input" ? { type: TYPES[kind] ?? "text", autocomplete: kind } : { rows: 4 }) })
    const box = make("label", {}, make("span", {}, label, required ? "" : ` (${this.words.optional})`), input, error)
    return { name, input, box, error }
  }

  agreeing() {
    const { chat, words } = this
    if (!chat.consent) return []
    const error = make("span.error", { role: "alert" }), input = make("input", { type: "checkbox", required: true })
    const box = make("label.agree", {}, input, make("span", {}, chat.consent, error))
    this.consent = { input, error }
    const link = chat.consent_address ? make("a", { href: chat.consent_address, target: "_blank", rel: "noopener" }, words.privacy) : null
    return [box, link].filter(Boolean)
  }

  finish() {
    const asked = [...this.fields, ...(this.consent ? [this.consent] : [])]
    const isWrong = ({ input }) => input.type === "checkbox" ? !input.checked : input.required && !input.value.trim()
    for (const each of asked) {
      each.error.textContent = isWrong(each) ? this.words.wrong : ""
      each.input.setAttribute("aria-invalid", String(isWrong(each)))
    }
    const wrong = asked.find(isWrong)
    if (wrong) return wrong.input.focus()
    const value = name => this.fields.find(each => each.name === name)?.input.value.trim()
    const answers = this.fields.filter(({ name }) => name === "answer").map(({ input }) => input.value.trim())
    const named = this.chat.questions.findIndex(({ kind }) => kind === "name")
    const told = { answers, consent: Boolean(this.consent), name: answers[named] ?? "" }
    if (value("reach")) told.reach = value("reach")
    this.done(told, value("text"))
  }

  focus() { (this.fields[0] ?? this.consent)?.input.focus() }
}
