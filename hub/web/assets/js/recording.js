// A recording that is played.
//   [data-sound]         around an <audio>
//   [data-wave]          shows how far it is (--played), and plays from where it is pressed
//   [data-at="12.5"]     plays from that second        select[data-pace]   says how fast
//   input[data-second]   takes the second at which something is written
const around = target => target.closest?.("[data-sound]")
const soundOf = target => around(target)?.querySelector("audio")

function playFrom(sound, second) {
  const go = () => { sound.currentTime = second }
  if (sound.readyState) go()
  else sound.addEventListener("loadedmetadata", go, { once: true })
  sound.play()
}

function pressed(wave, x) {
  const sound = soundOf(wave), box = wave.getBoundingClientRect()
  const part = (x - box.left) / box.width
  if (sound.readyState) return playFrom(sound, part * sound.duration)
  sound.addEventListener("loadedmetadata", () => playFrom(sound, part * sound.duration), { once: true })
  sound.play()
}

document.addEventListener("click", ({ target, clientX }) => {
  const place = target.closest?.("[data-sound] [data-at]"), wave = target.closest?.("[data-sound] [data-wave]")
  if (place) playFrom(soundOf(place), Number(place.dataset.at))
  else if (wave) pressed(wave, clientX)
})
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-sound] [data-pace]")) soundOf(target).playbackRate = Number(target.value)
})
// It stands beside the form, too: where the part comes anew meanwhile, what is hidden is as the hub gave it.
const seconds = new WeakMap()
document.addEventListener("input", ({ target: { form } }) => {
  const second = form?.querySelector("[data-second]")
  if (second && soundOf(second)) seconds.set(form, soundOf(second).currentTime.toFixed(1))
})
document.addEventListener("submit", ({ target }) => {
  if (seconds.has(target)) target.querySelector("[data-second]").value = seconds.get(target)
}, true)
// An event of a sound does not bubble, but is caught on its way down.
document.addEventListener("timeupdate", ({ target }) => {
  around(target)?.style.setProperty("--played", target.currentTime / (target.duration || 1))
}, true)
