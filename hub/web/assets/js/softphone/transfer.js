// A call is handed on: at once, or after a colleague was asked while the customer waits (RFC 5589, RFC 3891).
import { colleague, ring } from "./colleague.js"
import { current, end, hangUp, look, media, onLine } from "./current.js"
import { heard } from "./devices.js"
import { trackOf } from "./sound.js"
import { change, state } from "./state.js"
import { say } from "../words.js"

// Gives the customer to a number: the PBX lets us know whether it went.
export function handOn(number, who) {
  if (!mayHandOn()) return
  look({ gives: who })
  refer(number, {})
}

// Lets the customer wait, and has a colleague rung.
export function ask(number, who) {
  if (!mayHandOn()) return
  const customer = current()
  const told = { talks: () => (heard(trackOf(colleague())), look({ asks: { who, stage: "talk" } })), over: trouble => current() && returned(trouble) }
  const dial = () => media().then(how => current() === customer && ring(onLine(), number, how, told)).catch(() => returned(say("not-taken")))
  change({ trouble: "" })
  look({ asks: { who, stage: "rings" } })
  if (customer.isOnHold().local) dial()
  else customer.hold({}, dial)
}

export function join() {
  if (state.call.asks?.stage !== "talk") return
  look({ gives: state.call.asks.who })
  refer(colleague().remote_identity.uri.toString(), { replaces: colleague() })
}

export function back() {
  end(colleague())
}

function refer(target, options) {
  const customer = current()
  const failed = () => current() === customer && (look({ gives: "" }), change({ trouble: say("not-handed-on") }))
  change({ trouble: "" })
  customer.refer(target, { ...options, eventHandlers: { accepted: () => current() === customer && hangUp(), failed, requestFailed: failed } })
}

// The colleague is gone: on with the customer.
function returned(trouble) {
  const customer = current()
  look({ asks: null, gives: "" })
  change({ trouble })
  if (customer.isOnHold().local) customer.unhold()
  heard(trackOf(customer))
}

const mayHandOn = () => state.call?.stage === "talk" && !state.call.asks && !state.call.gives
