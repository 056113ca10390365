// Bundles css/ and js/ into ../static, under names that carry a hash of what is in them, so that browsers may keep them
// for ever. static/manifest.json leads from the plain name to the built one; beside each file stands its compressed twin.
import { createHash } from "node:crypto"
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { basename, dirname, extname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, gzipSync } from "node:zlib"
import { build, transform } from "esbuild"

const here = dirname(fileURLToPath(import.meta.url))
const out = join(here, "..", "static")
const files = new Map()
const manifest = {}

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  write: false,
  legalComments: "none",
  logLevel: "warning",
  target: ["chrome125", "firefox128", "safari17.5"],
}

function store(name, content, { hashed = true } = {}) {
  const mark = createHash("sha256").update(content).digest("hex").slice(0, 10)
  const kind = extname(name)
  manifest[name] = hashed ? `${basename(name, kind)}-${mark}${kind}` : name
  files.set(manifest[name], content)
}

async function bundle(entry, name, options = {}) {
  const result = await build({ ...common, entryPoints: [entry], ...options })
  store(name, Buffer.from(result.outputFiles[0].contents), { hashed: !options.outfile })
}

// A form in a strange page may start no worker from our address, so it brings the worker's text along.
const worker = await build({ ...common, entryPoints: ["js/forms/worker.js"], format: "iife" })
const WORKER = JSON.stringify(worker.outputFiles[0].text)

// A style that stands in a script as text is made as small as one in a file.
const CHAT_TARGET = ["chrome99", "firefox97", "safari15.4"]
const small = {
  name: "small",
  setup(made) {
    made.onLoad({ filter: /css\/chat\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, target: CHAT_TARGET })
      return { contents: code, loader: "text" }
    })
  },
}

await Promise.all([
  bundle("css/console.css", "console.css"),
  bundle("css/inbox.css", "inbox.css"),
  bundle("css/deals.css", "deals.css"),
  bundle("css/components/builder.css", "builder.css"),
  bundle("css/components/week.css", "week.css"),
  bundle("css/duplicates.css", "duplicates.css"),
  bundle("css/campaigns.css", "campaigns.css"),
  bundle("css/rehearsal.css", "rehearsal.css"),
  bundle("css/visits.css", "visits.css"),
  bundle("css/processes.css", "processes.css"),
  bundle("css/diagram.css", "diagram.css"),
  bundle("css/dialling.css", "dialling.css"),
  bundle("css/segments.css", "segments.css"),
  bundle("css/wall.css", "wall.css"),
  bundle("css/form.css", "form.css"),
  bundle("css/signing.css", "signing.css"),
  bundle("css/docs.css", "docs.css"),
  bundle("css/letter.css", "letter.css"),
  bundle("js/console.js", "console.js", { format: "esm" }),
  bundle("js/board.js", "board.js", { format: "esm" }),
  bundle("js/campaigns.js", "campaigns.js", { format: "esm" }),
  bundle("js/softphone.js", "softphone.js", { format: "esm" }),
  bundle("js/softphone-bar.js", "softphone-bar.js", { format: "esm" }),
  bundle("js/brings.js", "brings.js", { format: "esm" }),
  bundle("js/drawing.js", "drawing.js", { format: "esm" }),
  bundle("js/diagram.js", "diagram.js", { format: "esm" }),
  bundle("js/docs.js", "docs.js", { format: "esm" }),
  bundle("js/forget.js", "forget.js", { format: "esm" }),
  bundle("js/keeping.js", "keeping.js", { format: "esm" }),
  bundle("js/visits-worker.js", "visits-worker.js", { format: "iife" }),
  bundle("js/finger.js", "finger.js", { format: "esm" }),
  bundle("js/order.js", "order.js", { format: "esm" }),
  bundle("js/whole.js", "whole.js", { format: "esm" }),
  bundle("js/chosen.js", "chosen.js", { format: "esm" }),
  bundle("js/preferences.js", "preferences.js", { format: "esm" }),
  bundle("js/recording.js", "recording.js", { format: "esm" }),
  bundle("js/sorting.js", "sorting.js", { format: "esm" }),
  bundle("js/diary.js", "diary.js", { format: "esm" }),
  bundle("js/visits.js", "visits.js", { format: "esm" }),
  bundle("js/photo-store.js", "photo-store.js", { format: "esm" }),
  // Python puts the form's definition in front of this one, so its name stays and its scope is its own.
  bundle("js/forms.js", "forms.js", { format: "iife", outfile: "forms.js", loader: { ".css": "text" }, define: { WORKER } }),
  // So is the chat's, which visitors with old telephones get as well.
  bundle("js/chat.js", "chat.js", { format: "iife", outfile: "chat.js", loader: { ".css": "text" }, plugins: [small], target: CHAT_TARGET }),
  bundle("js/form-work.js", "form-work.js", { format: "iife" }),
  ...["icons.svg", "favicon.svg"].map(async name => store(name, await readFile(join(here, name)))),
])

// Nothing is written before everything could be built.
await rm(out, { recursive: true, force: true })
await mkdir(out, { recursive: true })
for (const [file, content] of [...files].sort()) {
  const small = gzipSync(content, { level: 9 })
  await writeFile(join(out, file), content)
  await writeFile(join(out, `${file}.gz`), small)
  await writeFile(join(out, `${file}.br`), brotliCompressSync(content))
  console.log(`${file.padEnd(28)} ${String(content.length).padStart(7)} bytes, ${String(small.length).padStart(6)} compressed`)
}
await writeFile(join(out, "manifest.json"), `${JSON.stringify(manifest, Object.keys(manifest).sort(), 2)}\n`)
