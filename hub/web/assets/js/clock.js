// The hub's clock: how far it is ahead of this one is heard from each answer, so that a computer whose clock is wrong, or that
// slept, still says how long something lasts.
const COARSE = 2_000 // the Date of an answer is cut to seconds, and the answer took a while
let ahead = 0

export const hubNow = () => Date.now() + ahead

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const off = Date.parse(ctx.response.headers.get("Date")) - Date.now()
  if (off) ahead = Math.abs(off) > COARSE ? off : 0
})
