// What a re-fetched fragment must leave alone: what the reader did to the page (opened sections) and what scripts keep on an
// element (the pie of a clock). Going back and forth is the browser's own business, not htmx's.
import htmx from "htmx.org"

htmx.config.history = false
htmx.config.morphIgnore = ["data-htmx-powered", "open", "style", "data-draft-kept", "data-sending", "data-saved"]
