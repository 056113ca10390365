// The page of a search: its address and its kind follow what is shown, and the arrow leads from the field into what was found.
//   <form data-search>               with [data-kind], the kind that is looked at
//   <div id="answer" data-here="/search?q=…" data-kind="task">      what was found, and for what
const form = document.querySelector("[data-search]")

function follow() {
  const { here, kind } = document.getElementById("answer").dataset
  form.querySelector("[data-kind]").value = kind
  if (here !== location.pathname + location.search) history.replaceState(history.state, "", here)
}

if (form) {
  new MutationObserver(follow).observe(document.getElementById("answer").parentElement, { subtree: true, attributeFilter: ["data-here"] })
  form.addEventListener("keydown", event => {
    if (event.key !== "ArrowDown" || !event.target.matches("[type=search]")) return
    const first = document.querySelector("#answer [data-row] a")
    first?.focus()
    if (first) event.preventDefault()
  })
}
