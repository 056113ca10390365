// Our web chat in anybody's page. The hub serves this file behind the chat's definition, both in one block:
//   { const CHAT = {"token": …, "at": …, "words": {…}, …};  <this file>  }
// It waits until the page has nothing else to do, and whatever happens in here, the page goes on as if it were not there.
import { begin } from "./chat/begin.js"

const mark = Symbol.for(`ringback chat ${CHAT.token}`)

function soon() {
  const idle = window.requestIdleCallback ?? (run => setTimeout(run, 200))
  idle(() => { try { begin(CHAT) } catch { /* an old browser, or a strange page: there is no chat then */ } }, { timeout: 5000 })
}

if (!window[mark]) {
  Object.defineProperty(window, mark, { value: true })
  if (document.readyState === "complete") soon()
  else addEventListener("load", soon, { once: true })
}
