// Which microphone, which loudspeaker, and which one rings: chosen once, kept in this browser with its name, which is said while
// it is not plugged in; then what the system has does, until it is back.
//   [data-device="microphone"]   a select; also "loudspeaker" and "ring"
//   [data-absent]                the words about those that are not there
//   [data-remote]                the audio element of the other end
import { ringBy } from "./ring.js"
import { say } from "../words.js"

const FRIENDLY = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
const KINDS = { microphone: "audioinput", loudspeaker: "audiooutput", ring: "audiooutput" }
const remote = document.querySelector("[data-remote]")
const kept = name => localStorage.getItem(`ringback:softphone:${name}`) ?? ""
const called = name => localStorage.getItem(`ringback:softphone:${name}-name`) ?? ""
const select = name => document.querySelector(`[data-device="${name}"]`)
const inUse = { microphone: kept("microphone") }
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
  const stream = await taken(kept("microphone"))
  for (const track of stream.getTracks()) track.onended = () => use("microphone", "") // it was pulled out in the middle of a talk
  return stream
}

async function taken(chosen) {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: chosen ? { ...FRIENDLY, deviceId: { exact: chosen } } : FRIENDLY })
  } catch (error) {
    if (chosen && ["OverconstrainedError", "NotFoundError"].includes(error.name)) return taken("")
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
  const devices = await navigator.mediaDevices.enumerateDevices(), absent = []
  for (const [name, kind] of Object.entries(KINDS)) {
    const field = select(name), found = devices.filter(each => each.kind === kind && each.deviceId !== "default")
    const chosen = found.some(({ deviceId }) => deviceId === kept(name)) ? kept(name) : ""
    field.replaceChildren(new Option(say("usual"), ""), ...found.map(({ label, deviceId }) => new Option(label, deviceId)))
    field.value = chosen
    field.closest(".field").hidden = kind === "audiooutput" && !("setSinkId" in remote)
    if (kept(name) && !chosen) absent.push(called(name))
    if (inUse[name] !== chosen) use(name, inUse[name] = chosen)
  }
  const words = document.querySelector("[data-absent]"), names = [...new Set(absent)].join(", ")
  words.hidden = !names
  words.textContent = names && say("absent", { name: names })
}

async function use(name, device) {
  if (name === "ring") return ringBy(device)
  if (name === "loudspeaker") return remote.setSinkId?.(device).catch(() => {})
  try {
    const [track] = (await captured()).getTracks()
    if (!speak(track)) track.stop()
  } catch { /* there is none at all: the next call says so */ }
}

document.addEventListener("change", async ({ target }) => {
  const name = target.dataset.device
  if (!name) return
  localStorage.setItem(`ringback:softphone:${name}`, target.value)
  localStorage.setItem(`ringback:softphone:${name}-name`, target.selectedOptions[0].label)
  await use(name, inUse[name] = target.value)
  await list()
})
