// Which microphone, which loudspeaker, and which one rings: chosen once, kept in this browser.
//   [data-device="microphone"]   a select; also "loudspeaker" and "ring"
//   [data-remote]                the audio element of the other end
import { ringBy } from "./ring.js"
import { say } from "../words.js"

const KINDS = { microphone: "audioinput", loudspeaker: "audiooutput", ring: "audiooutput" }
const remote = document.querySelector("[data-remote]")
const kept = name => localStorage.getItem(`ringback:softphone:${name}`) ?? ""
const select = name => document.querySelector(`[data-device="${name}"]`)
let speak = () => false

// Asks once whether the microphone may be used; only then devices have names.
export async function microphone() {
  try {
    for (const track of (await captured()).getTracks()) track.stop()
    return true
  } catch {
    return false
  }
}

export async function captured() {
  const chosen = kept("microphone"), audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: chosen ? { ...audio, deviceId: { exact: chosen } } : audio })
  } catch (error) {
    if (chosen && error.name === "OverconstrainedError") return navigator.mediaDevices.getUserMedia({ audio }) // it is not plugged in
    throw error
  }
}

export function heard(track) {
  remote.srcObject = new MediaStream([track])
  remote.play().catch(() => {})
}

// `speakBy(track)` takes another microphone in the middle of a talk, and tells whether there is one.
export function watchDevices(speakBy) {
  speak = speakBy
  list()
  navigator.mediaDevices.ondevicechange = list
}

async function list() {
  const devices = await navigator.mediaDevices.enumerateDevices()
  for (const [name, kind] of Object.entries(KINDS)) {
    const field = select(name), found = devices.filter(each => each.kind === kind && each.deviceId !== "default")
    field.replaceChildren(new Option(say("usual"), ""), ...found.map(({ label, deviceId }) => new Option(label, deviceId)))
    field.value = found.some(({ deviceId }) => deviceId === kept(name)) ? kept(name) : ""
    field.closest(".field").hidden = kind === "audiooutput" && !("setSinkId" in remote)
    if (name !== "microphone") use(name, field.value)
  }
}

async function use(name, device) {
  if (name === "ring") return ringBy(device)
  if (name === "loudspeaker") return remote.setSinkId?.(device).catch(() => {})
  const [track] = (await captured()).getTracks()
  if (!speak(track)) track.stop()
}

document.addEventListener("change", ({ target }) => {
  const name = target.dataset.device
  if (!name) return
  localStorage.setItem(`ringback:softphone:${name}`, target.value)
  use(name, target.value)
})
