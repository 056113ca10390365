// A sign-in that ended in the middle of work: sign in on top of the page, and go on where you were.
//   <dialog id="signin">          filled from /signin when the hub says 401 (event ringback:signed-out)
//   [data-signed-out]             says so as long as it is not done
//   <body data-me="3">            somebody else who signs in gets a page of his own
import { open } from "./dialog.js"

const told = document.querySelector("[data-signed-out]")
let out = false

document.addEventListener("ringback:signed-out", () => {
  if (told) told.hidden = false
  if (!out && !document.getElementById("signin").open) open("signin", "/signin")
  out = true
})
document.addEventListener("ringback:signed-in", ({ detail }) => {
  out = false
  if (told) told.hidden = true
  if (String(detail.id) !== document.body.dataset.me) location.assign("/")
})
document.getElementById("signin")?.addEventListener("close", () => { out = false })
