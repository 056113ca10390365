// Light formatting in a text: a button or a key puts its mark around what is chosen, and once more takes it away.
//   <div data-marks="letter-body">     the buttons' bar, and whose text it is
//   [data-plain]                       a bar whose text knows no marks
//   [data-mark="**"]                   around the words;  "- " before each line;  "[]" a link
//   [data-insert="Hello …" data-subject data-shortcut="hello"]     words to put in; / and the shortcut in the text do the same
const KEYS = { b: "**", i: "*", k: "[]" }

const textOf = bar => document.getElementById(bar.dataset.marks)
const barOf = text => document.querySelector(`[data-marks="${CSS.escape(text.id)}"]`)

// So that Ctrl Z takes it back: setting the value would forget what was before.
function put(text, from, to, words) {
  text.focus()
  text.setSelectionRange(from, to)
  if (!document.execCommand("insertText", false, words)) {
    text.setRangeText(words, from, to, "end")
    text.dispatchEvent(new Event("input", { bubbles: true }))
  }
}

function around(text, mark) {
  const { selectionStart: from, selectionEnd: to, value } = text, n = mark.length
  const words = value.slice(from, to)
  const inside = value.slice(from - n, from) === mark && value.slice(to, to + n) === mark
  if (inside) put(text, from - n, to + n, words)
  else put(text, from, to, `${mark}${words}${mark}`)
  const start = inside ? from - n : from + n
  text.setSelectionRange(start, start + words.length)
}

function lines(text, mark) {
  const from = text.value.lastIndexOf("\n", text.selectionStart - 1) + 1, to = text.selectionEnd
  const chosen = text.value.slice(from, to).split("\n"), all = chosen.every(line => line.startsWith(mark))
  put(text, from, to, chosen.map(line => all ? line.slice(mark.length) : mark + line).join("\n"))
}

function link(text) {
  const { selectionStart: from, selectionEnd: to } = text, words = text.value.slice(from, to)
  const isAddress = /^https?:\/\/\S+$/.test(words)
  put(text, from, to, isAddress ? `[](${words})` : `[${words}](https://)`)
  const at = isAddress ? from + 1 : from + words.length + 3
  text.setSelectionRange(at, isAddress ? at : at + 8)
}

function format(text, mark) {
  if (mark === "[]") link(text)
  else if (mark === "- ") lines(text, mark)
  else around(text, mark)
}

function insert(text, { insert: words, subject }, from = text.selectionStart) {
  put(text, from, text.selectionEnd, words)
  const line = text.form.elements.subject
  if (subject && !line.value) line.value = subject
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-mark], [data-insert]"), bar = button?.closest("[data-marks]")
  if (!bar) return
  button.closest("[popover]")?.hidePopover()
  if ("mark" in button.dataset) format(textOf(bar), button.dataset.mark)
  else insert(textOf(bar), button.dataset)
})
document.addEventListener("keydown", event => {
  const bar = event.target.matches?.("textarea[id]") && barOf(event.target)
  const mark = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && KEYS[event.key.toLowerCase()]
  if (!bar || !mark || "plain" in bar.dataset) return
  event.preventDefault()
  event.stopImmediatePropagation() // Ctrl K is the palette elsewhere
  format(event.target, mark)
}, true)
document.addEventListener("input", ({ target }) => {
  const bar = target.matches?.("textarea[id]") ? barOf(target) : null
  const typed = bar && /(?:^|\s)\/([\p{L}\p{N}_-]+)[ \n]$/u.exec(target.value.slice(0, target.selectionStart))
  const found = typed && [...bar.querySelectorAll("[data-shortcut]")].find(each => each.dataset.shortcut.toLowerCase() === typed[1].toLowerCase())
  if (found) insert(target, found.dataset, target.selectionStart - typed[1].length - 2)
})
