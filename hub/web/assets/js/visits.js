// What the pages of visits do beside the console: the calendar, photos that wait for contact, and the glass to sign on.
import "./diary.js"
import "./photos.js"
import "./signing.js"
