// Tells how far our messages came: they are in this browser, and they are read once they can be seen.
export class Reading {
  constructor(line) { Object.assign(this, { line, got: 0, seen: 0 }) }

  tell(visit, sees) {
    const last = visit.messages.filter(({ ours }) => ours).at(-1)?.id ?? 0
    const isNews = last > (sees ? this.seen : this.got)
    if (isNews && visit.unread && this.line.tell(sees ? { read: last } : { got: last })) {
      this.got = last
      if (sees) this.seen = last
    }
  }
}
