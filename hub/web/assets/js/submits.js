// A form of choices that is sent as soon as one of them changes; its button is for those without scripts.
//   <form data-submits>     [data-submit] its button
for (const form of document.querySelectorAll("form[data-submits]")) {
  form.querySelector("[data-submit]").hidden = true
  form.addEventListener("change", () => form.requestSubmit())
  // An address says what was chosen and nothing else.
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name)
  })
}
