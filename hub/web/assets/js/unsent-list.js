// What waits to be sent can be read and taken back; what the hub did not take stays until it is tried again or thrown away.
//   [data-unsent]                                 says how many wait
//   <ul data-unsent-list hidden>                  shows each that no other shows: data-unsent-list="/visits/7/signature" has those of this address
import { again } from "./drafts.js"
import { all, alter, drop } from "./unsent-queue.js"
import { clockTime, say, toast } from "./words.js"

function button(name, deed) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: say(name) })
  made.addEventListener("click", deed)
  return made
}

function takeBack({ id, key, draft, adds }) {
  drop(id)
  again(key, adds ? draft : null)
}

function tryAgain({ id }) {
  alter(id, { refused: undefined })
  document.dispatchEvent(new CustomEvent("ringback:try-again"))
}

const copy = ({ words }) => navigator.clipboard?.writeText(words).then(() => toast(say("copied")), () => {})

function line(one) {
  const made = document.createElement("li"), words = document.createElement("p"), state = document.createElement("p")
  const refused = one.refused !== undefined
  made.className = refused ? "late" : ""
  words.textContent = one.words
  state.className = "small"
  state.append(refused ? `${say("notTaken")}. ${one.refused}` : say("waits", { time: clockTime(new Date(one.at)) }), " ")
  if (refused) state.append(button("copy", () => copy(one)), " ", button("again", () => tryAgain(one)), " ", button("throwAway", () => drop(one.id)))
  else state.append(button("notSend", () => takeBack(one)))
  made.append(words, state)
  return made
}

const placeOf = (one, lists) => lists.find(list => one.action.startsWith(list.dataset.unsentList))

function show() {
  const queue = all(), waiting = queue.filter(one => one.refused === undefined).length
  for (const place of document.querySelectorAll("[data-unsent]")) place.textContent = waiting ? say("waiting", { n: waiting }) : ""
  const lists = [...document.querySelectorAll("[data-unsent-list]")].toSorted((one, other) => other.dataset.unsentList.length - one.dataset.unsentList.length)
  for (const list of lists) {
    const its = queue.filter(one => placeOf(one, lists) === list)
    list.replaceChildren(...its.map(line))
    list.hidden = !its.length
  }
}

document.addEventListener("ringback:unsent", show)
show()
