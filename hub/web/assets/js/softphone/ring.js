// The sound of the bell, by the loudspeaker that was chosen for it.
const EVERY = 3_000, TONES = [660, 880], LONG = 0.9 // milliseconds, hertz, seconds
const context = new AudioContext()
let ringing

export function ring() {
  silence()
  chime()
  ringing = setInterval(chime, EVERY)
}

export function silence() {
  clearInterval(ringing)
}

export function ringBy(device) {
  return context.setSinkId?.(device).catch(() => {})
}

// Tells whether the browser lets anything sound; before a first press in the window it may not.
export async function mayRing() {
  await Promise.race([context.resume(), new Promise(resolve => setTimeout(resolve, 300))])
  return context.state === "running"
}

function chime() {
  const loudness = context.createGain(), start = context.currentTime
  loudness.gain.setValueAtTime(0.15, start)
  loudness.gain.setValueAtTime(0.15, start + LONG - 0.1)
  loudness.gain.linearRampToValueAtTime(0, start + LONG)
  loudness.connect(context.destination)
  for (const pitch of TONES) {
    const tone = context.createOscillator()
    tone.frequency.value = pitch
    tone.connect(loudness)
    tone.start(start)
    tone.stop(start + LONG)
  }
}
