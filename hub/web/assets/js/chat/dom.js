// Makes elements: make("button.quiet", { type: "button", onclick }, "Words", another).
export function make(what, properties = {}, ...children) {
  const [tag, ...classes] = what.split(".")
  const element = document.createElement(tag)
  if (classes.length) element.className = classes.join(" ")
  for (const [name, value] of Object.entries(properties)) {
    if (value == null) continue
    if (name.startsWith("on") || name in element && typeof value !== "string") element[name] = value
    else element.setAttribute(name, value)
  }
  element.append(...children.filter(child => child != null))
  return element
}

const PATHS = {
  chat: "M4 5h16v11H9l-5 4z", close: "M6 6l12 12M18 6L6 18", send: "M4 12l16-8-6 16-3-6z",
  clip: "M8 12l6-6a3 3 0 0 1 4 4l-8 8a5 5 0 0 1-7-7l7-7", file: "M7 3h7l4 4v14H7zM14 3v4h4",
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg"
  const picture = document.createElementNS(space, "svg"), line = document.createElementNS(space, "path")
  picture.setAttribute("viewBox", "0 0 24 24")
  picture.setAttribute("aria-hidden", "true")
  line.setAttribute("d", PATHS[name])
  picture.append(line)
  return picture
}

// Addresses in a text become links, and nothing else does.
export function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,:;!?)\]])/).map((part, number) =>
    number % 2 ? make("a", { href: part, target: "_blank", rel: "noopener noreferrer nofollow" }, part) : part)
}
