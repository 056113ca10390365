// Where the visitor is, and by which pages of this visit he came.
const MOST = 12, LONGEST = 300

export function remember(notebook) {
  const path = notebook.tab("path") ?? []
  const here = location.href.slice(0, LONGEST)
  if (path.length === 0 && document.referrer) notebook.keep("referrer", document.referrer.slice(0, LONGEST))
  if (path.at(-1) !== here) notebook.keep("path", [...path, here].slice(-MOST))
}

export function page(notebook) {
  const path = (notebook.tab("path") ?? []).slice(0, -1)
  return { url: location.href.slice(0, 1000), title: document.title.slice(0, 300), referrer: notebook.tab("referrer") ?? "", path }
}
