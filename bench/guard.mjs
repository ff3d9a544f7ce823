// How far reading and writing are from what the machine can do at least: each is measured in turns, in one process, with a plain
// loop over `node:zlib` and `readFileSync` that does the necessary work alone. What is compared is the processor time of all
// threads: unlike times, the ratio of the two depends little on the machine and on its load. `node bench/guard.mjs` prints the
// ratios beside the last ones in docs/benchmark-history.jsonl of the same version of Node, and warns beyond 1.5 times those; it
// fails only where values are wrong. `--record` adds a line there.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as zlib from "node:zlib";
import { createArray, MemoryStore, openArray, ZipStore } from "zarrzip";

const { values: options } = parseArgs({ options: { record: { type: "boolean", default: false } } });
const history = fileURLToPath(new URL("../docs/benchmark-history.jsonl", import.meta.url));
const tolerance = 1.5;
const microsecondsEach = 700_000;
const side = 1024;
const chunkSide = 256;
const chunksAcross = side / chunkSide;

const field = Float32Array.from({ length: side * side }, (_, i) => {
  const [y, x] = [Math.floor(i / side), i % side];
  return Math.round((Math.sin(x / 211) * Math.cos(y / 173) * 100 + ((i * 2654435761) % 4096) / 40960) * 128) / 128;
});

const fieldBytes = new Uint8Array(field.buffer);
const chunkBytes = chunkSide * chunkSide * 4;
const decodedChunk = new Uint8Array(chunkBytes);

/** How Node decodes and encodes; where it cannot, the least is that the values are copied. */
const codecs = [
  { name: "none", compressors: null, decode: (stored) => stored },
  {
    name: "gzip",
    compressors: { name: "gzip", configuration: { level: 5 } },
    decode: (stored) => zlib.gunzipSync(stored, { chunkSize: chunkBytes + 64 }),
    encode: (chunk) => zlib.gzipSync(chunk, { level: 5 }),
  },
  {
    name: "zstd",
    compressors: { name: "zstd", configuration: { level: 3, checksum: false } },
    decode: zlib.zstdDecompressSync,
    encode: zlib.zstdCompressSync,
  },
  {
    name: "blosc",
    compressors: {
      name: "blosc",
      configuration: { cname: "lz4", clevel: 5, shuffle: "shuffle", typesize: 4, blocksize: 0 },
    },
  },
];

const folder = mkdtempSync(join(tmpdir(), "zarrzip-guard-"));
try {
  const ratios = {};
  for (const codec of codecs) Object.assign(ratios, await ratiosOf(codec));
  report(ratios);
} finally {
  rmSync(folder, { recursive: true });
}

async function ratiosOf({ name, compressors, decode = () => decodedChunk, encode = (chunk) => chunk }) {
  const file = join(folder, "guarded.zip");
  const options = { shape: [side, side], chunks: [chunkSide, chunkSide], dtype: "float32", compressors, data: field };
  const store = await ZipStore.open(file, { mode: "w" });
  await createArray(store, options);
  await store.close();
  const places = await placesOf(file);

  const read = async () => {
    const array = await openArray(file);
    const { data } = await array.get();
    await array.close();
    return data;
  };
  const readPlainly = () => {
    const bytes = readFileSync(file);
    const values = new Uint8Array(fieldBytes.length);
    for (const [i, [start, end]] of places.entries()) {
      const stored = bytes.subarray(start, end);
      zlib.crc32(stored);
      const chunk = decode(stored);
      for (const [at, from] of rowsOf(i)) values.set(chunk.subarray(from, from + chunkSide * 4), at);
    }
  };
  const write = () => createArray(new MemoryStore(), options);
  const writePlainly = () => {
    for (let i = 0; i < places.length; i++) {
      const chunk = new Uint8Array(chunkBytes);
      for (const [at, from] of rowsOf(i)) chunk.set(fieldBytes.subarray(at, at + chunkSide * 4), from);
      zlib.crc32(encode(chunk));
    }
  };
  if ((await read()).some((value, i) => value !== field[i]))
    throw new Error(`${name} reads other values than it wrote`);
  return {
    [`read ${name}`]: await ratioOf(read, readPlainly),
    [`write ${name}`]: await ratioOf(write, writePlainly),
  };
}

/** Where each chunk's bytes begin and end in the file, in the order of the chunk grid. */
async function placesOf(file) {
  const bytes = readFileSync(file);
  const store = await ZipStore.open(file);
  const places = [];
  for (let i = 0; i < chunksAcross ** 2; i++) {
    const stored = await store.get(`c/${Math.floor(i / chunksAcross)}/${i % chunksAcross}`);
    const start = bytes.indexOf(stored);
    places.push([start, start + stored.length]);
  }
  await store.close();
  return places;
}

/** For each row of a chunk: its first byte in the array, and in the chunk. */
function rowsOf(chunk) {
  const [y, x] = [Math.floor(chunk / chunksAcross) * chunkSide, (chunk % chunksAcross) * chunkSide];
  return Array.from({ length: chunkSide }, (_, row) => [((y + row) * side + x) * 4, row * chunkSide * 4]);
}

/** The least of each is what caches and compilers of the runtime disturbed least. */
async function ratioOf(work, plainWork) {
  let [least, leastPlain] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let turn = 0, spent = 0; turn < 5 || spent < microsecondsEach; turn++) {
    const own = await processorTimeOf(work);
    const plain = await processorTimeOf(plainWork);
    least = Math.min(least, own);
    leastPlain = Math.min(leastPlain, plain);
    spent += own + plain;
  }
  return Number((least / leastPlain).toFixed(2));
}

/** Microseconds of all processors. */
async function processorTimeOf(work) {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

function report(ratios) {
  const lines = existsSync(history)
    ? readFileSync(history, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    : [];
  const [major] = process.versions.node.split(".");
  const last = lines.findLast(({ node, arch }) => node.split(".")[0] === major && arch === process.arch);
  console.log(
    `processor time, as a multiple of the least work's; ${last ? `in brackets on ${last.date}` : "none are recorded for this Node"}`,
  );
  for (const [name, ratio] of Object.entries(ratios)) {
    const before = last?.ratios[name];
    const warning =
      before !== undefined && ratio > before * tolerance ? `  WARNING: beyond ${tolerance} times that` : "";
    console.log(
      `${name.padEnd(12)} ${ratio.toFixed(2).padStart(6)} ${before === undefined ? "" : `(${before})`}${warning}`,
    );
  }
  if (!options.record) return;
  const machine = { node: process.versions.node, arch: process.arch, processor: cpus()[0]?.model };
  const load = Number(loadavg()[0].toFixed(2));
  const line = { date: new Date().toISOString().slice(0, 10), ...machine, load, ratios };
  appendFileSync(history, `${JSON.stringify(line)}\n`);
}
