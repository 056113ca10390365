// The work that a form's browser does, so that nobody takes it for a machine when many come at once. It is begun when somebody
// begins to write, in a worker, and whatever goes wrong with it only means that there is no proof. WORKER is its text.
const PATIENCE = 3_000

export class Work {
  constructor(address) { this.address = address }

  begin() { return (this.proof ??= this.make().catch(() => "")) }

  // Gives the proof, once: another request needs another.
  async take() {
    const late = new Promise(resolve => setTimeout(resolve, PATIENCE, ""))
    const found = await Promise.race([this.begin(), late])
    this.proof = undefined
    return found
  }

  async make() {
    const answer = await fetch(this.address, { mode: "cors", credentials: "omit", signal: AbortSignal.timeout(PATIENCE) })
    const { challenge } = await answer.json()
    const source = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }))
    const worker = new Worker(source)
    try {
      return await new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data)
        worker.onerror = reject
        worker.postMessage(challenge)
      })
    } finally {
      worker.terminate()
      URL.revokeObjectURL(source)
    }
  }
}
