// The two pictures of README.md, of the recorded figures: docs/benchmarks.json, and the table of docs/growing.md.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const read = (path) => readFileSync(new URL(`../docs/${path}`, import.meta.url), "utf8");
const folder = new URL("../docs/pictures/", import.meta.url);

const width = 760;
const style = `<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .head { font-weight: 600 } .small { font-size: 12px; fill: #59636e } .end { text-anchor: end } .middle { text-anchor: middle }
  .own { fill: #0a7d5c } .peer { fill: #b6bec9 } .box { fill: none; stroke: #59636e } .way { fill: none; stroke: #0a7d5c; stroke-width: 2 }
  .tip { fill: #0a7d5c } .code { font-family: ui-monospace, monospace; font-size: 12px }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .small { fill: #9198a1 } .own { fill: #2fbf8f } .peer { fill: #57606a }
    .box { stroke: #9198a1 } .way { stroke: #2fbf8f } .tip { fill: #2fbf8f }
  }
</style>`;

function svg(title, height, shapes) {
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">`;
  return `${[open, `<title>${title}</title>`, style, ...shapes, "</svg>"].join("\n")}\n`;
}

const text = (x, y, content, kind = "") => `<text x="${x}" y="${y}" class="${kind}">${content}</text>`;
const rect = (x, y, w, h, kind) => `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="3" class="${kind}"/>`;
const number = (value) => Number(value.toPrecision(value < 100 ? 2 : 3)).toLocaleString("en");

/** Times of reading, each task on a scale of its own. */
function speed() {
  const { measured, participants } = JSON.parse(read("benchmarks.json"));
  const own = "zarrzip, Node v24.21.0";
  const pool = "zarrzip with 2 workers, Node v24.21.0";
  const peers = ["zarr-python", "tensorstore", "zarrita"];
  const tasks = [
    ["Read 64 MiB of zstd chunks, zarrzip by a pool of 2", pool, "zstd", "read"],
    ["Read 64 MiB of Blosc chunks, zarrzip by a pool of 2", pool, "blosc", "read"],
    ["Read 1,000 windows of 32 × 32, one after the other", own, "none", "windows"],
    ["Read 100,000 chunks of 16 bytes", own, "tiny", "read"],
  ];
  const shapes = [];
  let y = 18;
  for (const [title, ours, row, cell] of tasks) {
    const bars = [ours, ...peers].map((participant) => ({
      name: participant === ours ? "zarrzip" : participant,
      ms: measured.find((found) => found.participant === participant && found.row === row && found.cell === cell)
        .median,
    }));
    const most = Math.max(...bars.map(({ ms }) => ms));
    shapes.push(text(8, y, title, "head"));
    y += 8;
    for (const { name, ms } of bars) {
      const length = Math.max(2, Math.round((ms / most) * 530));
      shapes.push(text(118, y + 12, name, "end"));
      shapes.push(rect(128, y + 1, length, 14, name === "zarrzip" ? "own" : "peer"));
      shapes.push(text(136 + length, y + 12, `${number(ms)} ms`, "small"));
      y += 19;
    }
    y += 26;
  }
  const versions = peers.map((peer) => `${peer} ${participants.find(({ name }) => name === peer).version}`);
  const named = ["zarrzip on Node 24, every checksum verified", ...versions]
    .join("; ")
    .replace(", Node v", " on Node ")
    .replace(/(Node \d+)\.[\d.]+/, "$1");
  shapes.push(text(8, y - 4, `${named}; 2 processors`, "small"));
  return svg("Times of reading one ZIP file; shorter is faster", y + 10, shapes);
}

/** What a receiver gets, and does with it. */
function handOver() {
  const rows = read("growing.md").matchAll(/^\| ([\d,]+) \| ([\d,]+) \| [^|]+ \| ([\d.]+ ms) \| ([\d.]+ ms) \|/gm);
  const [, entries, bytes, alone, shared] = [...rows].at(-1);
  const receivers = [
    ["A worker thread", `first chunk after ${shared}`, "getState({ share: true }), restore()"],
    ["A child process", `first chunk after ${alone}`, "getState(), restore()"],
    ["A job in a queue", "opens what you allow", "getState(), restore(state, { roots })"],
  ];
  const shapes = [
    rect(8, 60, 196, 96, "box"),
    text(106, 86, "heights.zarr.zip, opened", "middle head"),
    text(106, 108, `${entries} entries, version 17`, "middle"),
    text(106, 130, "goes on reading and writing", "middle small"),
    text(300, 96, "the state", "middle head"),
    text(300, 126, `${bytes} bytes of JSON`, "middle small"),
    text(8, 218, "Each receiver opens version 17 for itself, or is told that it is gone.", "small"),
  ];
  for (const [i, [name, result, call]] of receivers.entries()) {
    const y = 10 + i * 72;
    const to = y + 28;
    shapes.push(`<path d="M204 108 H372 C400 108 390 ${to} 424 ${to}" class="way"/>`);
    shapes.push(`<path d="M434 ${to} l-12 -5 v10 z" class="tip"/>`);
    shapes.push(rect(438, y, 314, 58, "box"));
    shapes.push(text(450, y + 22, name, "head"));
    shapes.push(text(742, y + 22, result, "end small"));
    shapes.push(text(450, y + 44, call, "code"));
  }
  return svg("How an array is handed over: each receiver opens the same version of the file", 230, shapes);
}

export const pictures = { "speed.svg": speed(), "hand-over.svg": handOver() };

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, picture] of Object.entries(pictures)) writeFileSync(new URL(name, folder), picture);
}
