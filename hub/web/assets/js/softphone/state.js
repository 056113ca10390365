// How the softphone is: told to the window itself and to the bar of every page.
//   line    connecting | registered | lost | refused | unknown | failed | microphone | missing | elsewhere | signed-out
//   words   the line or the call in words; the reason of the hub where it gave one
//   call    null, or { stage: rings | talk, who, held, muted, since (milliseconds), asks, gives };  trouble: what went wrong with the last one
//           asks: null, or the colleague { who, stage: rings | talk };  gives: to whom it is being handed on, or ""
import { say } from "../words.js"
import { hear, tell } from "../windows.js"
import { show } from "./face.js"

export const state = { line: "connecting", words: "", call: null, trouble: "" }

export function change(part, { quietly = false } = {}) {
  Object.assign(state, part)
  state.words = part.words ?? (state.call ? inCall(state.call) : say(state.line))
  show(document, state)
  if (!quietly) tell("softphone", { ...state })
}

function inCall({ stage, held, muted, asks, gives }) {
  if (stage === "rings") return say("rings")
  if (gives) return say("gives", { who: gives })
  if (asks) return say(asks.stage === "rings" ? "asks" : "asked", { who: asks.who })
  return say(held ? "held" : muted ? "muted" : "talk")
}

hear("softphone-ask", () => state.line !== "elsewhere" && tell("softphone", { ...state }))
