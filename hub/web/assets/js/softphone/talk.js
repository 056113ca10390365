// The one call: taken, held, muted, ended. Who calls in the middle of it hears that it is busy.
import JsSIP from "jssip"
import { captured, heard } from "./devices.js"
import { ring, silence } from "./ring.js"
import { change, state } from "./state.js"
import { say } from "../words.js"

const BUSY = 486, DECLINED = 603, LONGEST = 60, TONE = 160 // milliseconds
let session

export function taken(coming) {
  if (session) return coming.terminate({ status_code: BUSY })
  session = coming
  const from = coming.remote_identity, who = (from.display_name || from.uri.user || "").slice(0, LONGEST)
  const mine = act => told => session === coming && act(told)
  coming.on("peerconnection", ({ peerconnection }) => peerconnection.addEventListener("track", ({ track }) => heard(track)))
  coming.on("confirmed", mine(() => (silence(), look({ stage: "talk", since: Date.now() }))))
  for (const event of ["hold", "unhold", "muted", "unmuted"]) coming.on(event, mine(() => look({})))
  coming.on("ended", mine(() => over("")))
  coming.on("failed", mine(({ originator, cause }) => over(originator === "local" && cause !== JsSIP.C.causes.CANCELED && cause !== JsSIP.C.causes.REJECTED ? say("not-taken") : "")))
  change({ call: { stage: "rings", who, held: false, muted: false, since: Date.now() }, trouble: "" })
  ring()
}

export function press(what) {
  const deed = { answer, end: hangUp, hold, mute }[what]
  if (session && deed) deed()
}

export function digit(key) {
  if (state.call?.stage !== "talk") return
  session.sendDTMF(key, { duration: TONE, transportType: JsSIP.C.DTMF_TRANSPORT.RFC2833 })
}

export function hangUp() {
  if (!session || session.isEnded()) return
  session.terminate(session.isEstablished() ? {} : { status_code: DECLINED })
}

// Another microphone in the middle of a talk.
export function speakBy(track) {
  const sender = session?.connection?.getSenders().find(each => each.track?.kind === "audio")
  const before = sender?.track
  sender?.replaceTrack(track).then(() => (before.stop(), track.enabled = !state.call?.muted))
  return Boolean(sender)
}

async function answer() {
  if (state.call.stage !== "rings" || state.call.answering) return
  state.call.answering = true
  silence()
  const coming = session
  try {
    const mediaStream = await captured()
    if (coming === session && !coming.isEnded()) coming.answer({ mediaStream, pcConfig: { iceServers: [] }, mediaConstraints: { audio: true, video: false } })
    else for (const track of mediaStream.getTracks()) track.stop()
  } catch {
    hangUp()
    change({ trouble: say("not-taken") })
  }
}

function hold() {
  if (session.isOnHold().local) session.unhold()
  else session.hold()
}

function mute() {
  if (session.isMuted().audio) session.unmute({ audio: true })
  else session.mute({ audio: true })
}

function look(news) {
  change({ call: { ...state.call, ...news, held: session.isOnHold().local, muted: session.isMuted().audio } })
}

function over(trouble) {
  for (const sender of session.connection?.getSenders() ?? []) sender.track?.stop()
  session = undefined
  silence()
  change({ call: null, trouble })
}
