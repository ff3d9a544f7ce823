// `npm run bench` prints how long writing and reading take, for each codec; with `-- --size 4096` of a larger array than the one of
// 2048 × 2048, with `-- --json <file>` to a file, too. `npm run bench -- --peers` measures zarrzip beside
// zarr-python, tensorstore, zarrita and zarrs, and writes docs/benchmarks.md, .svg and .json:
//   --repeat 5          rounds; in each every participant has a fresh process for every cell
//   --rows none,zstd    only these files of bench/rows.mjs
//   --cells read,write  only these cells of bench/rows.mjs
//   --resume            keeps what was measured before, as long as the versions are the same
//   --node <program>    measures zarrzip on another Node, too
//   --json <file>       puts the JSON elsewhere; --out <folder> the other files
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: options } = parseArgs({
  options: {
    peers: { type: "boolean", default: false },
    repeat: { type: "string", default: "5" },
    rows: { type: "string" },
    cells: { type: "string" },
    resume: { type: "boolean", default: false },
    node: { type: "string" },
    json: { type: "string" },
    size: { type: "string", default: "2048" },
    out: { type: "string", default: join(root, "docs") },
  },
});

if (options.peers) {
  const { compare } = await import("./compare.mjs");
  await compare({ ...options, cache: join(root, ".cache", "bench"), repeat: Number(options.repeat) });
} else {
  const { readAndWrite } = await import("./read-and-write.mjs");
  await readAndWrite({ size: Number(options.size), json: options.json });
}
