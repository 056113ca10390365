// The one call: taken, held, muted, handed on, ended. Who calls in the middle of it hears that it is busy.
import JsSIP from "jssip"
import { colleague, release, ring as ringColleague } from "./colleague.js"
import { captured, heard } from "./devices.js"
import { ring, silence } from "./ring.js"
import { hurry, replaced, stopped, trackOf } from "./sound.js"
import { change, state } from "./state.js"
import { say } from "../words.js"

const BUSY = 486, DECLINED = 603, LONGEST = 60, TONE = 160 // milliseconds
const { CANCELED, REJECTED } = JsSIP.C.causes
let session, line

// `by` is the line on which it comes: its JsSIP agent and the ICE servers.
export function taken(coming, by) {
  if (session) return coming.terminate({ status_code: BUSY })
  session = coming
  line = by
  const from = coming.remote_identity, who = (from.display_name || from.uri.user || "").slice(0, LONGEST)
  hurry(coming)
  coming.on("peerconnection", ({ peerconnection }) => peerconnection.addEventListener("track", ({ track }) => heard(track)))
  coming.on("confirmed", () => (silence(), look({ stage: "talk", since: Date.now() })))
  follow(coming)
  change({ call: { stage: "rings", who, held: false, muted: false, asks: null, gives: "", since: Date.now() }, trouble: "" })
  ring()
}

export function press(what) {
  const deed = { answer, end: hangUp, hold, mute, join, back }[what]
  if (session && deed) deed()
}

export function digit(key) {
  if (state.call?.stage !== "talk") return
  const speaking = state.call.asks?.stage === "talk" ? colleague() : session
  speaking.sendDTMF(key, { duration: TONE, transportType: JsSIP.C.DTMF_TRANSPORT.RFC2833 })
}

export function hangUp() {
  end(release())
  end(session)
}

// Another microphone in the middle of a talk; tells whether there is one.
export function speakBy(track) {
  const talks = [session, colleague()].filter(each => each?.connection)
  talks.forEach((each, number) => replaced(each, number ? track.clone() : track, !state.call.muted))
  return talks.length > 0
}

// Gives the customer to a number at once: the PBX lets us know whether it went.
export function handOn(number, who) {
  if (!mayHandOn()) return
  look({ gives: who })
  refer(number, {}, hangUp)
}

// Lets the customer wait, and has a colleague rung.
export function ask(number, who) {
  if (!mayHandOn()) return
  const customer = session, told = { over: trouble => session && returned(trouble), talks: () => {
    heard(trackOf(colleague()))
    look({ asks: { who, stage: "talk" } })
  } }
  const begin = () => media().then(how => session === customer && ringColleague(line, number, how, told)).catch(() => returned(say("not-taken")))
  look({ asks: { who, stage: "rings" } })
  if (session.isOnHold().local) begin()
  else session.hold({}, begin)
}

function back() {
  end(colleague())
}

function join() {
  if (state.call.asks?.stage !== "talk") return
  look({ gives: state.call.asks.who })
  refer(colleague().remote_identity.uri.toString(), { replaces: colleague() }, hangUp)
}

function refer(target, options, done) {
  const referred = session
  const failed = () => session === referred && (look({ gives: "" }), change({ trouble: say("not-handed-on") }))
  const accepted = () => session === referred && done()
  change({ trouble: "" })
  referred.refer(target, { ...options, eventHandlers: { accepted, failed, requestFailed: failed } })
}

// The colleague is gone: on with the customer.
function returned(trouble) {
  look({ asks: null, gives: "" })
  change({ trouble })
  if (session.isOnHold().local) session.unhold()
  heard(trackOf(session))
}

async function answer() {
  if (state.call.stage !== "rings" || state.call.answering) return
  state.call.answering = true
  silence()
  const coming = session
  try {
    const how = await media()
    if (coming === session && !coming.isEnded()) coming.answer(how)
    else for (const track of how.mediaStream.getTracks()) track.stop()
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
  const how = state.call.muted ? "unmute" : "mute"
  for (const each of [session, colleague()]) each?.[how]({ audio: true })
}

const mayHandOn = () => state.call?.stage === "talk" && !state.call.asks && !state.call.gives
const media = async () => ({ mediaStream: await captured(), pcConfig: { iceServers: line.iceServers }, mediaConstraints: { audio: true, video: false } })

function follow(one) {
  const mine = act => told => session === one && act(told)
  for (const event of ["hold", "unhold", "muted", "unmuted"]) one.on(event, mine(() => look({})))
  one.on("ended", mine(() => over("")))
  one.on("failed", mine(({ originator, cause }) => over(originator === "local" && cause !== CANCELED && cause !== REJECTED ? say("not-taken") : "")))
}

function end(one) {
  if (one && !one.isEnded()) one.terminate(one.isEstablished() || one.direction === "outgoing" ? {} : { status_code: DECLINED })
}

function look(news) {
  change({ call: { ...state.call, ...news, held: session.isOnHold().local, muted: session.isMuted().audio } })
}

// The customer is gone; a colleague with whom one talks just then stays.
function over(trouble) {
  const { asks, gives } = state.call
  stopped(session)
  silence()
  const asked = release()
  session = asks?.stage === "talk" && !gives ? asked : undefined
  if (!session) return (end(asked), change({ call: null, trouble }))
  follow(session)
  look({ who: asks.who, asks: null })
}
