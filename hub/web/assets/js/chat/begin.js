// Asks how the chat is before anything is shown: a hub that does not answer has no button in the page.
import { Line } from "./line.js"
import { Notebook } from "./notebook.js"
import { remember } from "./page.js"
import { Post } from "./post.js"
import { Widget } from "./widget.js"

const FIRST = 30_000, LONGEST = 10 * 60_000

export function begin(chat) {
  const notebook = new Notebook(chat.token)
  remember(notebook)
  const line = new Line(chat, notebook)
  look(chat, notebook, line, FIRST)
}

async function look(chat, notebook, line, pause) {
  const answer = await line.ask().catch(() => null)
  if (!answer) return setTimeout(look, pause, chat, notebook, line, Math.min(pause * 2, LONGEST))
  const [words, language] = spoken(chat)
  const post = new Post(chat, notebook)
  new Widget({ chat, words, language, notebook, line, post }).show(answer)
}

// The page says its language; where it speaks one that we do not, the browser says its owner's.
function spoken({ words }) {
  const wishes = [document.documentElement.lang, ...(navigator.languages ?? [])].map(wish => wish.slice(0, 2).toLowerCase())
  const language = wishes.find(wish => words[wish]) ?? "en"
  return [words[language], language]
}
