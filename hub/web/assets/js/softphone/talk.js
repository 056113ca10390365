// What is done in the one call: taken, held, muted, keys pressed. Who calls in the middle of it hears that it is busy.
import JsSIP from "jssip"
import { colleague } from "./colleague.js"
import { begin, current, hangUp, look, media } from "./current.js"
import { heard } from "./devices.js"
import { ring, silence } from "./ring.js"
import { hurry, replaced } from "./sound.js"
import { change, state } from "./state.js"
import { back, join } from "./transfer.js"
import { say } from "../words.js"

const BUSY = 486, LONGEST = 60, TONE = 160 // milliseconds
const DEEDS = { answer, end: hangUp, hold, mute, join, back }

// `by` is the line on which it comes: its JsSIP agent and the ICE servers.
export function taken(coming, by) {
  if (current()) return coming.terminate({ status_code: BUSY })
  const from = coming.remote_identity, who = (from.display_name || from.uri.user || "").slice(0, LONGEST)
  begin(coming, by)
  hurry(coming)
  coming.on("peerconnection", ({ peerconnection }) => peerconnection.addEventListener("track", ({ track }) => heard(track)))
  coming.on("confirmed", () => (silence(), look({ stage: "talk", since: Date.now() })))
  change({ call: { stage: "rings", who, held: false, muted: false, asks: null, gives: "", since: Date.now() }, trouble: "" })
  ring()
}

export function press(what) {
  if (current()) DEEDS[what]?.()
}

export function digit(key) {
  if (state.call?.stage !== "talk") return
  const speaking = state.call.asks?.stage === "talk" ? colleague() : current()
  speaking.sendDTMF(key, { duration: TONE, transportType: JsSIP.C.DTMF_TRANSPORT.RFC2833 })
}

// Another microphone in the middle of a talk; tells whether there is one.
export function speakBy(track) {
  const talks = [current(), colleague()].filter(each => each?.connection)
  talks.forEach((each, number) => replaced(each, number ? track.clone() : track, !state.call.muted))
  return talks.length > 0
}

async function answer() {
  if (state.call.stage !== "rings" || state.call.answering) return
  state.call.answering = true
  silence()
  const coming = current()
  try {
    const how = await media()
    if (coming === current() && !coming.isEnded()) coming.answer(how)
    else for (const track of how.mediaStream.getTracks()) track.stop()
  } catch {
    hangUp()
    change({ trouble: say("not-taken") })
  }
}

function hold() {
  if (current().isOnHold().local) current().unhold()
  else current().hold()
}

function mute() {
  const how = state.call.muted ? "unmute" : "mute"
  for (const each of [current(), colleague()]) each?.[how]({ audio: true })
}
