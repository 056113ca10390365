// What was written and is not yet with the hub, in the order written: it outlives the page, files too.
export class Queue {
  constructor(token) {
    this.kept = []
    this.room = new Promise((found, none) => {
      const asked = indexedDB.open(`ringback-chat-${token}`, 1)
      asked.onupgradeneeded = () => asked.result.createObjectStore("out", { keyPath: "at" })
      asked.onsuccess = () => found(asked.result)
      asked.onerror = asked.onblocked = none
    }).catch(() => null)
  }

  async all() { return (await this.do("readonly", out => out.getAll())) ?? [...this.kept] }

  async put(item) {
    if (await this.do("readwrite", out => out.put(item)) == null) this.kept = [...this.kept.filter(({ at }) => at !== item.at), item]
  }

  async drop(item) {
    this.kept = this.kept.filter(({ at }) => at !== item.at)
    await this.do("readwrite", out => out.delete(item.at))
  }

  // Without such a room (a private window) it lasts as long as the page.
  async do(mode, act) {
    const room = await this.room
    if (!room) return null
    return new Promise(done => {
      try {
        const asked = act(room.transaction("out", mode).objectStore("out"))
        asked.transaction.oncomplete = () => done(asked.result ?? true)
        asked.transaction.onabort = asked.transaction.onerror = () => done(null)
      } catch { done(null) }
    })
  }
}
