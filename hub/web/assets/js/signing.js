// A signature on glass: drawn with a finger, a pen or a mouse, sent as a small picture. The name alone is one too, by keys.
//   <form data-signing>  [data-glass-box hidden] canvas[data-glass]  input[data-drawn]  input[name=key]  [data-wipe hidden]
// Its key is that of the deed (unsent.js): the same words pressed again are one signature, other words are another.
const form = document.querySelector("form[data-signing]")

if (form) {
  const canvas = form.querySelector("[data-glass]"), pen = canvas.getContext("2d"), drawn = form.querySelector("[data-drawn]")
  const wipe = form.querySelector("[data-wipe]")
  let last

  const at = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect()
    return [(clientX - box.left) * canvas.width / box.width, (clientY - box.top) * canvas.height / box.height]
  }
  const clean = () => {
    pen.fillStyle = "white"
    pen.fillRect(0, 0, canvas.width, canvas.height)
    drawn.value = ""
    wipe.hidden = true
  }

  form.querySelector("[data-glass-box]").hidden = false
  Object.assign(pen, { lineWidth: 3, lineCap: "round", lineJoin: "round", strokeStyle: "#1a1a2e" })
  clean()
  canvas.addEventListener("pointerdown", event => {
    canvas.setPointerCapture(event.pointerId)
    last = at(event)
    event.preventDefault()
  })
  canvas.addEventListener("pointermove", event => {
    if (!last) return
    for (const point of event.getCoalescedEvents?.() ?? [event]) {
      const next = at(point)
      pen.beginPath()
      pen.moveTo(...last)
      pen.lineTo(...next)
      pen.stroke()
      last = next
    }
  })
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => {
    if (!last) return
    last = undefined
    drawn.value = canvas.toDataURL("image/png")
    wipe.hidden = false
  })
  wipe.addEventListener("click", clean)
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement === form) ctx.request.body.set("key", ctx.request.headers["Idempotency-Key"])
  })
  const gone = body => { if (body.get("drawn") === drawn.value) clean() } // else it was drawn on since then
  form.addEventListener("ringback:queued", ({ detail }) => gone(detail))
  form.addEventListener("htmx:after:request", ({ detail: { ctx } }) => { if (ctx.response?.status < 400) gone(ctx.request.body) })
}
