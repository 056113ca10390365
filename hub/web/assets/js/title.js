// What stands before the title of the page, in the order in which it was first said: mark("call", "(Call)"), "" takes it away.
const title = document.title
const marks = new Map()

export function mark(about, words) {
  marks.set(about, words)
  const whole = [...marks.values(), title].filter(Boolean).join(" ")
  if (document.title !== whole) document.title = whole
}
