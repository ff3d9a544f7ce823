// Compiles assembly/ to WebAssembly and puts it, as text, into a module of src/, so that whoever uses the package loads no file.
// The same sources give the same bytes. `--check` writes nothing, and fails where the module is not what the sources give.
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));
const output = fileURLToPath(new URL("../src/codecs/kernels/wasm/module.ts", import.meta.url));

// 64 KiB pages: 256 KiB for a start, and at most 1 GiB. Without `abort` there is nothing to import: nothing here calls it.
const memory = ["--initialMemory", "4", "--maximumMemory", "16384"];
const optimized = ["-O3", "--converge", "--runtime", "stub", "--enable", "simd", "--use", "abort="];

const text = moduleOf(await compile("assembly/index.ts"));
if (!process.argv.includes("--check")) {
  if (read(output) !== text) writeFileSync(output, text);
} else if (read(output) !== text) {
  console.error("assemble: src/codecs/kernels/wasm/module.ts is not what assembly/ gives. Run `npm run build`");
  process.exitCode = 1;
}

async function compile(entry) {
  let binary;
  const options = [entry, "--baseDir", root, ...optimized, ...memory, "--outFile", "kernels.wasm"];
  const { error, stderr } = await asc.main(options, {
    writeFile(_, contents) {
      binary = contents;
    },
  });
  if (error === null) return binary;
  console.error(stderr.toString());
  process.exit(1);
}

function moduleOf(binary) {
  const base64 = Buffer.from(binary).toString("base64");
  return `/** The output of scripts/assemble.mjs for assembly/, in base64. */\nexport const wasmModule =\n  "${base64}";\n`;
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}
