// What somebody settles of his own browser: whether it may notify, and whether it opens telephone links here.
import "./permission.js"
import "./tel.js"
