// Whether the browser may notify, said on the page of preferences, and asked when somebody presses.
//   [data-permission] with data-granted, data-denied, data-missing (words)      [data-permit]   the button that asks
const words = document.querySelector("[data-permission]"), button = document.querySelector("[data-permit]")

function tell() {
  const state = globalThis.Notification?.permission ?? "missing"
  button.hidden = state !== "default"
  words.textContent = words.dataset[state] ?? words.textContent
}

if (words) {
  tell()
  button.addEventListener("click", async () => {
    await Notification.requestPermission()
    tell()
  })
}
