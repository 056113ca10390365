// What this browser remembers: who the visitor is (for ever), and of this tab what was open and half written.
export class Notebook {
  constructor(token) {
    this.name = `ringback:chat:${token}`
    this.kept = {}
  }

  get pass() { return this.read(() => localStorage, "pass") }
  set pass(value) { this.write(() => localStorage, "pass", value) }

  get introduced() { return this.read(() => localStorage, "introduced") }
  set introduced(value) { this.write(() => localStorage, "introduced", value) }

  tab(what) { return this.read(() => sessionStorage, what) }
  keep(what, value) { this.write(() => sessionStorage, what, value) }

  // Another tab learned who the visitor is.
  onPass(tell) { addEventListener("storage", event => { if (event.key === `${this.name}:pass`) tell() }) }

  // A page may forbid notebooks, and reading one then fails: it lasts as long as the page.
  read(where, what) {
    try { return JSON.parse(where().getItem(`${this.name}:${what}`)) ?? this.kept[what] ?? null } catch { return this.kept[what] ?? null }
  }

  write(where, what, value) {
    this.kept[what] = value
    try {
      if (value == null) where().removeItem(`${this.name}:${what}`)
      else where().setItem(`${this.name}:${what}`, JSON.stringify(value))
    } catch { /* as above */ }
  }
}
