// The softphone's window: a telephone at the PBX, as long as it is open. One window of a browser is it; others wait for it.
//   [data-press="answer"]   answer, end, hold, mute, join, back, or again, here or in the bar of a console's page
//   [data-digit="5"]        a key of the telephone; keys of the keyboard are the same
//   [data-unheard]           shown while the browser lets nothing sound before a first press here
import { microphone, watchDevices } from "./softphone/devices.js"
import { watchWhom } from "./softphone/whom.js"
import { connect, disconnect } from "./softphone/line.js"
import { mayRing } from "./softphone/ring.js"
import { change, state } from "./softphone/state.js"
import { digit, press, speakBy } from "./softphone/talk.js"
import { watchSignIn } from "./softphone/signed_in.js"
import { hear } from "./windows.js"

const LOCK = "ringback:softphone"

async function begin() {
  change({ line: "connecting" })
  if (!await microphone()) return change({ line: "microphone" })
  watchDevices(speakBy)
  await connect()
}

function hold(lock) {
  if (!lock) {
    change({ line: "elsewhere" }, { quietly: true })
    navigator.locks.request(LOCK, hold)
    return undefined
  }
  begin()
  return new Promise(() => {})
}

function act(what) {
  if (what === "again") begin()
  else press(what)
}

async function sound() {
  document.querySelector("[data-unheard]").hidden = await mayRing()
}

if (document.querySelector("[data-line]")) {
  navigator.locks.request(LOCK, { ifAvailable: true }, hold)
  hear("softphone-press", what => state.line !== "elsewhere" && act(what))
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-press], [data-digit]")
    if (button?.dataset.press) act(button.dataset.press)
    if (button?.dataset.digit) digit(button.dataset.digit)
    sound()
  })
  document.addEventListener("keydown", ({ key, target, ctrlKey, metaKey, altKey }) => {
    if (/^[0-9*#]$/.test(key) && !ctrlKey && !metaKey && !altKey && !target.closest("select, input")) digit(key)
  })
  addEventListener("beforeunload", event => state.call && event.preventDefault())
  addEventListener("pagehide", disconnect)
  watchWhom()
  watchSignIn(() => (disconnect(), change({ line: "signed-out" })))
  sound()
}
