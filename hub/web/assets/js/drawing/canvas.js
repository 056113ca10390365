// What the diagram that is drawn and the one that is looked at have in common: their colours, and where they come from.
export const COLOURS = {
  defaultFillColor: "var(--surface)", defaultStrokeColor: "var(--ink-2)", defaultLabelColor: "var(--ink)",
}

export async function fetched(address) {
  const answer = await fetch(address, { headers: { Accept: "application/xml" } })
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`)
  return answer.text()
}
