// Notices over a WebSocket: one line of JSON says WHAT changed, {"kind": "task", "id": 7, "why": "…"}, never what it is now;
// what every page would ask for at once comes along with its notice, see fragments.js.
// Each becomes the event ringback:notice. A lost connection is told calmly in [data-offline] ([data-since] takes the time)
// and tried again after 1, 2, 4 … 30 s. {"kind": "hello"} begins a connection, and says later that notices were left out:
// then everything is asked for again.
//   <body data-live-url="/live">     where to listen; without it this page does not
//   [data-try-now]                   tries at once
// Events: ringback:connected, and ringback:signed-out when the sign-in ended; ringback:signed-in connects again.
import { refresh } from "./fragments.js"
import { clockTime, say, toast } from "./words.js"

const LONGEST = 30_000
const CALM = 1_500 // a connection that is back this soon was never worth a word
const NOT_SIGNED_IN = 4401
const url = document.body.dataset.liveUrl
const told = document.querySelector("[data-offline]")
let socket, attempt = 0, waiting, lostAt, telling

function connect() {
  clearTimeout(waiting)
  socket?.close()
  const mine = socket = new WebSocket(url)
  mine.onopen = connected
  mine.onmessage = ({ data }) => data.split("\n").filter(Boolean).forEach(line => announce(JSON.parse(line)))
  mine.onclose = event => mine === socket && lost(event)
}

function announce(notice) {
  if (notice.kind === "hello") refresh()
  else document.dispatchEvent(new CustomEvent("ringback:notice", { detail: notice }))
}

function connected() {
  attempt = 0
  clearTimeout(telling)
  if (told && !told.hidden) toast(say("back"))
  if (told) told.hidden = true
  lostAt = telling = undefined
  document.dispatchEvent(new CustomEvent("ringback:connected"))
}

function lost({ code }) {
  if (code === NOT_SIGNED_IN) return document.dispatchEvent(new CustomEvent("ringback:signed-out"))
  lostAt ??= new Date()
  telling ??= setTimeout(tell, CALM)
  const pause = Math.min(LONGEST, 1000 * 2 ** attempt++)
  waiting = setTimeout(connect, pause * (0.75 + Math.random() / 2))
}

function tell() {
  if (!told || !lostAt) return
  told.querySelector("[data-since]").textContent = clockTime(lostAt)
  told.hidden = false
}

if (url) {
  connect()
  addEventListener("online", connect)
  document.addEventListener("ringback:signed-in", connect)
  // One that is still being made the browser drops by itself, and does not complain of it.
  addEventListener("pagehide", () => socket.readyState === WebSocket.OPEN && socket.close())
  addEventListener("pageshow", event => event.persisted && connect())
  document.addEventListener("click", event => event.target.closest("[data-try-now]") && connect())
}
