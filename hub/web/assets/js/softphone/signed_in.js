// Who signs out is no telephone any more: the hub says so on the line by which it tells of everything else.
const NOT_SIGNED_IN = 4401, PAUSE = 5_000

export function watchSignIn(ended) {
  const line = new WebSocket("/live")
  line.onclose = ({ code }) => code === NOT_SIGNED_IN ? ended() : setTimeout(watchSignIn, PAUSE, ended)
}
