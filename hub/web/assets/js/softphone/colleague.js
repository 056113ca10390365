// The colleague who is asked while the customer waits: rung, talked with, let go. One at a time.
import JsSIP from "jssip"
import { hurry, stopped } from "./sound.js"
import { say } from "../words.js"

const { BUSY, CANCELED, NO_ANSWER, REJECTED, UNAVAILABLE } = JsSIP.C.causes
const WHY = { [BUSY]: "asked-busy", [REJECTED]: "asked-declined", [NO_ANSWER]: "asked-silent", [UNAVAILABLE]: "asked-silent" }
let asked

export const colleague = () => asked

// `talks()` is told when he picked up, `over(words)` when he is gone: why, "" where nothing went wrong.
export function ring({ agent }, number, media, { talks, over }) {
  const mine = agent.call(number, { ...media, eventHandlers: {
    confirmed: () => asked === mine && talks(),
    ended: () => gone(""),
    failed: ({ originator, cause }) => gone(originator === "local" && cause === CANCELED ? "" : say(WHY[cause] ?? "asked-vain")),
  } })
  function gone(words) {
    stopped(mine)
    if (asked !== mine) return
    release()
    over(words)
  }
  asked = mine
  hurry(mine)
}

// Takes him out of our hands, to be talked with or ended by others.
export function release() {
  const released = asked
  asked = undefined
  return released
}
