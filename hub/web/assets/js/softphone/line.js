// The line to the PBX: registers, and again after a loss; what it cannot do is said in words. A refused secret is said once
// and not tried again by itself.
import JsSIP from "jssip"
import { hangUp } from "./current.js"
import { change, state } from "./state.js"
import { taken } from "./talk.js"

const EXPIRES = 120 // seconds, after which the PBX forgets a browser that went away
const RETRY = 15_000 // milliseconds after a failure that is no refusal
const REFUSED = [401, 403, 407], UNKNOWN = 404
let agent, waiting

export async function connect() {
  disconnect()
  const account = await ask()
  if (!account) return
  agent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(account.address)], uri: `sip:${account.user}@${account.host}`,
    authorization_user: account.user, password: account.secret, display_name: account.name, user_agent: "Ringback",
    register_expires: EXPIRES, session_timers: false, connection_recovery_min_interval: 1, connection_recovery_max_interval: 30,
  })
  const mine = agent, on = (event, act) => mine.on(event, told => mine === agent && act(told))
  on("connecting", () => state.line === "lost" || change({ line: "connecting" }))
  on("disconnected", () => change({ line: "lost" }))
  on("registered", () => change({ line: "registered" }))
  on("registrationFailed", failed)
  on("newRTCSession", ({ originator, session }) => originator === "remote" && taken(session, { agent: mine, iceServers: account.ice_servers }))
  agent.start()
}

export function disconnect() {
  clearTimeout(waiting)
  hangUp()
  const before = agent
  agent = undefined
  before?.stop()
}

async function ask() {
  try {
    const answer = await fetch("/softphone/account", { method: "POST", headers: { Accept: "application/json" }, cache: "no-store" })
    if (answer.ok) return await answer.json()
    const { detail, title } = await answer.json()
    change({ line: "missing", words: detail ?? title })
  } catch {
    change({ line: "failed" })
    later()
  }
}

function failed({ response }) {
  const status = response?.status_code
  if (REFUSED.includes(status) || status === UNKNOWN) {
    disconnect()
    return change({ line: status === UNKNOWN ? "unknown" : "refused" })
  }
  change({ line: "failed" })
  later()
}

// A line that is dead without having been cut is made anew; not in the middle of a call, whose sound goes another way.
function later() {
  clearTimeout(waiting)
  waiting = setTimeout(() => (state.call ? later() : connect()), RETRY)
}

addEventListener("online", () => agent?.isConnected() ? agent.register() : agent && !state.call && connect())
