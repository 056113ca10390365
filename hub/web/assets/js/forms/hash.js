// SHA-256 of a short ASCII text (up to 55 letters: one block), as eight numbers. Our own, since browsers give theirs to https
// pages only, and with a promise for each hash.
const K = new Int32Array(64), FIRST = new Int32Array(8), W = new Int32Array(64)

const fraction = root => (root - Math.floor(root)) * 2 ** 32
for (let number = 2, found = 0; found < 64; number++) {
  let prime = true
  for (let by = 2; by * by <= number; by++) if (number % by === 0) prime = false
  if (!prime) continue
  if (found < 8) FIRST[found] = fraction(Math.sqrt(number))
  K[found++] = fraction(Math.cbrt(number))
}

const turned = (word, by) => (word >>> by) | (word << (32 - by))

export function hash(text) {
  W.fill(0)
  for (let at = 0; at < text.length; at++) W[at >> 2] |= text.charCodeAt(at) << (24 - (at % 4) * 8)
  W[text.length >> 2] |= 0x80 << (24 - (text.length % 4) * 8)
  W[15] = text.length * 8
  for (let at = 16; at < 64; at++) {
    const one = W[at - 15], two = W[at - 2]
    W[at] = W[at - 16] + W[at - 7] + (turned(one, 7) ^ turned(one, 18) ^ (one >>> 3)) + (turned(two, 17) ^ turned(two, 19) ^ (two >>> 10))
  }
  let [a, b, c, d, e, f, g, h] = FIRST
  for (let at = 0; at < 64; at++) {
    const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + K[at] + W[at]) | 0
    const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g, g = f, f = e, e = (d + one) | 0, d = c, c = b, b = a, a = (one + two) | 0
  }
  return [a, b, c, d, e, f, g, h].map((word, at) => (word + FIRST[at]) >>> 0)
}
