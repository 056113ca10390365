// Parts of a page that need a large script bring it when they are shown, so that the page itself is light.
//   <div data-brings="/static/….js" data-style="/static/….css">     the script's own begin(part) makes the part what it is
//   data-narrow="/static/….js"     another script where there is no room for the first
const NARROW = matchMedia("(max-width: 720px)")

async function bring(part) {
  const style = document.createElement("link")
  Object.assign(style, { rel: "stylesheet", href: part.dataset.style })
  const styled = new Promise(done => style.addEventListener("load", done))
  document.head.append(style)
  const from = NARROW.matches && part.dataset.narrow ? part.dataset.narrow : part.dataset.brings
  const [{ begin }] = await Promise.all([import(from), styled])
  await begin(part)
}

for (const part of document.querySelectorAll("[data-brings]")) bring(part)
