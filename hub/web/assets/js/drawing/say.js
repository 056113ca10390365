// The words of the page that is drawn on, in its reader's language.
let words = {}

export const learn = told => { words = told }
export const say = (key, values = {}) => (words[key] ?? "").replace(/\{(\w+)\}/g, (_whole, name) => values[name] ?? "")
