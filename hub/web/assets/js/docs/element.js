// Elements by hand: what the description says is only ever text, never markup.
export function el(name, properties = {}, ...children) {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined) continue
    if (key in node) node[key] = value
    else node.setAttribute(key, value)
  }
  node.append(...children.filter(child => child !== undefined && child !== null && child !== false))
  return node
}
