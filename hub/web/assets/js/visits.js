// What the page of a visit does beside the console: photos that wait for contact, and the glass to sign on.
import "./photos.js"
import "./signing.js"
