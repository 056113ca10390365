// The worker of a form in a strange page: what it is sent is a challenge, what it sends back the proof.
import { look } from "./look.js"

onmessage = ({ data }) => postMessage(look(data))
