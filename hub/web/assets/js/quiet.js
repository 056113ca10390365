// Quiet hours: a time that passes midnight belongs to the day on which it began.   <body data-quiet data-zone>, see ring.js
const { quiet: said, zone } = document.body.dataset
const quiet = said ? JSON.parse(said) : null
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

function there(moment) {
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
  const parts = Object.fromEntries(clock.formatToParts(moment).map(({ type, value }) => [type, value]))
  return { day: DAYS.indexOf(parts.weekday), time: `${parts.hour}:${parts.minute}` }
}

export function isQuiet(moment = new Date()) {
  if (!quiet) return false
  const { day, time } = there(moment), { since, until, days = [0, 1, 2, 3, 4, 5, 6] } = quiet
  if (since < until) return days.includes(day) && since <= time && time < until
  return (days.includes(day) && since <= time) || (days.includes((day + 6) % 7) && time < until)
}
