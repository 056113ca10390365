// The call that goes on, and the line on which it is: followed from its ring to its end.
import JsSIP from "jssip"
import { release } from "./colleague.js"
import { captured } from "./devices.js"
import { silence } from "./ring.js"
import { stopped } from "./sound.js"
import { change, state } from "./state.js"
import { say } from "../words.js"

const DECLINED = 603
const { CANCELED, REJECTED } = JsSIP.C.causes
let session, line

export const current = () => session
export const onLine = () => line
// What a call is answered or begun with.
export const media = async () => ({
  mediaStream: await captured(), pcConfig: { iceServers: line.iceServers }, mediaConstraints: { audio: true, video: false },
})

export function begin(coming, by) {
  session = coming
  line = by
  follow(coming)
}

export function look(news) {
  change({ call: { ...state.call, ...news, held: session.isOnHold().local, muted: session.isMuted().audio } })
}

export function hangUp() {
  end(release())
  end(session)
}

export function end(one) {
  if (one && !one.isEnded()) one.terminate(one.isEstablished() || one.direction === "outgoing" ? {} : { status_code: DECLINED })
}

function follow(one) {
  const mine = act => told => session === one && act(told)
  for (const event of ["hold", "unhold", "muted", "unmuted"]) one.on(event, mine(() => look({})))
  one.on("ended", mine(() => over("")))
  one.on("failed", mine(({ originator, cause }) => over(originator === "local" && cause !== CANCELED && cause !== REJECTED ? say("not-taken") : "")))
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
