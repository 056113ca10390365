// Puts the state of the softphone into an element:
//   [data-line]         has the line's state as its value
//   [data-says]         takes the words;  [data-who]  who is at the other end;  [data-trouble]  what went wrong
//   [data-press="…"]    is there while it can be done; hold and mute say whether they are pressed
//   [data-in-talk]      is there during a talk;  [data-hand-on]  while the call can be handed on
const talks = ({ call }) => call?.stage === "talk" && !call.gives
const POSSIBLE = {
  answer: ({ call }) => call?.stage === "rings",
  end: ({ call }) => call && !call.asks,
  hold: state => talks(state) && !state.call.asks,
  mute: talks,
  join: state => talks(state) && state.call.asks?.stage === "talk",
  back: state => talks(state) && state.call.asks,
  again: ({ line }) => ["refused", "unknown", "failed", "microphone", "missing", "signed-out"].includes(line),
}
const PRESSED = { hold: ({ call }) => call?.held, mute: ({ call }) => call?.muted }

export function show(root, state) {
  const one = name => root.querySelector(`[${name}]`)
  one("data-line").dataset.line = state.call ? "call" : state.line
  write(one("data-says"), state.words)
  write(one("data-who"), state.call?.asks?.who ?? state.call?.who ?? "")
  write(one("data-trouble"), state.trouble ?? "")
  for (const button of root.querySelectorAll("[data-press]")) {
    const { press } = button.dataset
    button.hidden = !POSSIBLE[press](state)
    if (press in PRESSED) button.setAttribute("aria-pressed", String(Boolean(PRESSED[press](state))))
  }
  for (const part of root.querySelectorAll("[data-in-talk]")) part.hidden = !talks(state)
  for (const part of root.querySelectorAll("[data-hand-on]")) part.hidden = !talks(state) || Boolean(state.call.asks)
}

function write(element, words) {
  if (!element || element.textContent === words) return
  element.textContent = words
  if ("trouble" in element.dataset) element.hidden = !words
}
