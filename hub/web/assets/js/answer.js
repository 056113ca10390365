// An answer in a chat: Enter sends it, and letters are counted near the most. It is kept by composer.js, told by typing.js.
//   <section data-composer="/contacts/3/answer" data-chat="5" data-src>
//   <form data-sends>            the answer; its textarea has data-most letters, counted from data-counts on in [data-count]
//   [data-unquote]               answers no certain message any more
//   [data-window="…Z"]           until when it can be answered in own words; then the box asks for itself again
//   <form data-template="Hello {1}">     its [data-preview] shows the text with its values
import htmx from "htmx.org"
import { hubNow } from "./clock.js"

const finger = matchMedia("(pointer: coarse)")
let rest = "" // what stays in the box as the next one leaves
let going // what is on its way: its request, where its words stood, these, and those that go next

const textOf = form => form.elements.body
const saysSomething = form => Boolean(textOf(form).value.trim() || form.querySelector("#draft-files > *"))
const together = (...words) => words.filter(Boolean).join("\n")

function changed(text) {
  const { form, value, dataset } = text, count = form.querySelector("[data-count]"), letters = value.length
  form.toggleAttribute("data-dirty", Boolean(value))
  count.hidden = letters < Number(dataset.counts)
  count.textContent = `${letters} / ${dataset.most}`
  count.toggleAttribute("data-over", letters > Number(dataset.most))
}

function put(text, words) {
  text.value = words
  text.dispatchEvent(new Event("input", { bubbles: true }))
}

function send(form) {
  if (!going) return saysSomething(form) && form.requestSubmit()
  going.next = together(going.next, going.text.value)
  going.text.value = ""
}

document.addEventListener("input", ({ target }) => {
  const form = target.form
  if (form?.matches("[data-template]")) {
    const value = (whole, number) => form.elements[`value-${number}`]?.value || whole
    form.querySelector("[data-preview]").textContent = form.dataset.template.replace(/\{(\d+)\}/g, value)
  }
  if (form?.matches("[data-sends]") && target === textOf(form)) changed(target)
})
document.addEventListener("keydown", event => {
  const form = event.target.form
  if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return
  if (!form?.matches("[data-sends]") || event.target !== textOf(form) || event.isComposing || finger.matches) return
  event.preventDefault()
  send(form)
})
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-unquote]")
  if (!button) return
  const { form } = button
  form.elements.answers.value = 0
  button.closest(".quoting").remove()
  textOf(form).dispatchEvent(new Event("input", { bubbles: true }))
  textOf(form).focus()
})

// What is typed while the answer is on its way belongs to the next one, wherever the pointer was; and what is typed while
// the box is on its way to another chat or message stays in it. The box that comes takes its place, with the words, the focus
// and the caret, before another key can be pressed: the hub has it settle at once.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement, text = document.getElementById("answer-body")
  if (!form.matches?.("form[data-sends], form:has([name=show])") || ctx.request.method === "GET" || !text || going) return
  const sends = form.matches("[data-sends]")
  going = { ctx, text, words: sends ? text.value : "", next: "" }
  if (form.contains(document.activeElement) || document.activeElement === document.body) text.focus()
  if (!sends) return
  text.value = rest
  rest = ""
})
document.addEventListener("htmx:after:swap", () => {
  const before = going?.text, text = document.getElementById("answer-body")
  if (!before || !text || text === before) return
  going.text = text
  if (text.value === before.value) return
  put(text, before.value)
  text.setSelectionRange(before.selectionStart, before.selectionEnd)
})
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (ctx !== going?.ctx) return
  const { text, words, next } = going
  going = undefined
  if (!(ctx.response?.status < 400)) return put(text, together(words, next, text.value)) // it was refused, or nobody heard it
  if (!next || !text.isConnected) return
  rest = text.value
  text.value = next
  send(text.form)
})

setInterval(() => {
  const place = document.querySelector("[data-window]"), box = place?.closest("[data-chat]")
  if (!box || Date.parse(place.dataset.window) > hubNow()) return
  delete place.dataset.window
  htmx.ajax("GET", box.dataset.src, { source: box, target: box, swap: "outerMorph" })
}, 1000)
for (const form of document.querySelectorAll("form[data-sends]")) changed(textOf(form))
