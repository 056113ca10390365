// The sound of a call, as its peer connection has it.
const PATIENCE = 1_000 // milliseconds for servers that help sound through networks: one that is silent must not keep a call waiting

const senders = session => session?.connection?.getSenders().filter(({ track }) => track?.kind === "audio") ?? []

// Goes on with the ways that were found by then.
export function hurry(session) {
  let waiting
  session.on("icecandidate", ({ ready }) => waiting ??= setTimeout(ready, PATIENCE))
}

export function trackOf(session) {
  return session.connection.getReceivers().find(({ track }) => track.kind === "audio").track
}

export function stopped(session) {
  for (const { track } of senders(session)) track.stop()
}

export function replaced(session, track, enabled) {
  for (const sender of senders(session)) {
    const before = sender.track
    sender.replaceTrack(track).then(() => (before.stop(), track.enabled = enabled))
  }
}
