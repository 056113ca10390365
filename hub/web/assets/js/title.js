// The title of the page: what it is about, and before that what stands there for now, in the order in which it was first
// said: mark("call", "(Call)"), "" takes it away.
//   data-title="Seven windows"    on a part that comes anew: what the page is about by now
let title = document.title
const marks = new Map()

export function mark(about, words) {
  marks.set(about, words)
  const whole = [...marks.values(), title].filter(Boolean).join(" ")
  if (document.title !== whole) document.title = whole
}

document.addEventListener("htmx:after:swap", () => {
  const heading = document.querySelector(".top h1"), now = document.querySelector("main [data-title]")?.dataset.title
  if (!now || !heading || heading.textContent === now) return
  title = title.replace(heading.textContent, () => now)
  heading.textContent = now
  mark("", "")
})
