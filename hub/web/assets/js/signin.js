// A sign-in that ended in the middle of work: sign in on top of the page, and go on where you were.
//   <dialog id="signin">          filled from /signin when the hub says 401 (event ringback:signed-out)
//   [data-signed-out]             says so as long as it is not done
//   <body data-me="3" data-mail="elin@…">     whose page it is; somebody else who signs in gets a page of his own
import { open } from "./dialog.js"

const dialog = document.getElementById("signin"), told = document.querySelector("[data-signed-out]")
let out = false

document.addEventListener("ringback:signed-out", () => {
  if (told) told.hidden = false
  if (!out && !dialog.open) open("signin", "/signin")
  out = true
})
document.addEventListener("ringback:signed-in", ({ detail }) => {
  out = false
  if (told) told.hidden = true
  if (String(detail.id) !== document.body.dataset.me) location.assign("/")
})
dialog?.addEventListener("close", () => {
  out = false
  dialog.replaceChildren() // no password stays behind
})
// Who it is, the page knows.
dialog?.addEventListener("htmx:after:swap", () => {
  const mail = dialog.querySelector("[name=mail]"), password = dialog.querySelector("[name=password]")
  if (!mail || mail.value) return
  mail.value = document.body.dataset.mail
  mail.autofocus = false
  password.autofocus = true
})
