// What the package weighs in a browser: small programs are bundled against dist/ by esbuild and by rolldown, minified, and compressed by
// gzip. With `--check` it fails where a bound is exceeded, and with either it fails where a module of Node would be loaded; with
// `--modules` it lists what the chunks that load first are made of.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "sizes-"));

/** Bounds in bytes, after gzip. Of what opens a ZIP and reads a chunk that is not compressed 40 kB is the goal: this is what is reached. */
const limits = { slice: 1150, reading: 47_500, codec: 30_000 };

const programs = {
  slice: 'export { slice } from "zarrzip";',
  reading: 'export { openArray, ZipStore } from "zarrzip";',
};

/** A chunk of a bundle: its file, its code, and the files that it imports, at once and later. */
const bundlers = { esbuild: withEsbuild, rolldown: withRolldown };

const rows = [];
const failures = [];
try {
  for (const [bundler, bundle] of Object.entries(bundlers)) {
    const slice = await bundle(programs.slice, join(scratch, bundler, "slice"), false);
    report(bundler, "slice", initial(slice), limits.slice);
    const reading = await bundle(programs.reading, join(scratch, bundler, "reading"));
    const first = initial(reading);
    report(bundler, "openArray and ZipStore", first, limits.reading);
    report(bundler, "the same, with what reading a plain chunk loads", loadedByReading(reading), limits.reading);
    const http = reading.find(({ module }) => module === "dist/modules/bytes/http-source.js");
    const later = closure(reading, [http.file]).filter((one) => !first.includes(one));
    report(bundler, "what the first URL loads", later);
    for (const chunk of reading.filter(({ module }) => module?.startsWith("dist/modules/codecs/"))) {
      const name = `codec ${basename(chunk.module, ".js")}`;
      const added = (ever) => closure(reading, [chunk.file], ever).filter((one) => !first.includes(one));
      report(bundler, name, added(false), limits.codec);
      if (added(true).length > added(false).length) report(bundler, `${name}, and all that it may load`, added(true));
    }
    report(bundler, "everything", reading);
    if (process.argv.includes("--modules")) listModules(bundler, first);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
for (const row of rows) console.log(row);
for (const failure of failures) console.error(`FAILED: ${failure}`);
if (failures.length > 0) process.exitCode = 1;

function report(bundler, name, chunks, limit = Number.POSITIVE_INFINITY) {
  const size = chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
  const minified = chunks.reduce((sum, { code }) => sum + code.length, 0);
  const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9);
  const bound = limit === Number.POSITIVE_INFINITY ? "" : `, at most ${kB(limit).trim()}`;
  rows.push(`${bundler.padEnd(9)} ${name.padEnd(48)} ${kB(size)} (${kB(minified).trim()} minified)${bound}`);
  if (process.argv.includes("--check") && size > limit) {
    failures.push(`${bundler}: ${name} takes ${size} bytes, expected ${limit} at most`);
  }
  for (const { file, code } of chunks) {
    const [found] = /["'`]node:\w+["'`]/.exec(code) ?? [];
    if (found !== undefined) failures.push(`${bundler}: ${file} names ${found}`);
  }
}

/** The chunks that a page loads before anything runs. */
function initial(chunks) {
  return closure(chunks, [chunks.find(({ isEntry }) => isEntry).file]);
}

/** These chunks, and all that they import at once, or `ever`. */
function closure(chunks, files, ever = false) {
  const found = new Set(files);
  for (const file of found) {
    const { imports = [], later = [] } = chunks.find((chunk) => chunk.file === file) ?? {};
    for (const next of ever ? [...imports, ...later] : imports) found.add(next);
  }
  return chunks.filter(({ file }) => found.has(file));
}

/** Runs the bundle, in a process that tells which of its chunks were loaded. */
function loadedByReading(chunks) {
  const folder = mkdtempSync(join(scratch, "run-"));
  for (const { file, code } of chunks) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `(globalThis.loaded ??= []).push(${JSON.stringify(file)});\n${code}`);
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const [{ file: entry }] = initial(chunks).filter(({ isEntry }) => isEntry);
  const program = `
    import { createArray, exportZip, MemoryStore } from ${JSON.stringify(pathToFileURL(join(root, "dist", "index.js")))};
    import { openArray, ZipStore } from ${JSON.stringify(pathToFileURL(join(folder, entry)))};
    const store = new MemoryStore();
    const values = Int32Array.from({ length: 64 }, (_, i) => i);
    await createArray(store, { shape: [8, 8], chunks: [4, 4], dtype: "int32", compressors: null, data: values });
    const zip = new Uint8Array(await new Response(exportZip(store)).arrayBuffer());
    const array = await openArray(await ZipStore.open(zip));
    const { data } = await array.get([null, null]);
    if (String(data) !== String(values)) throw new Error("other values were read than were written");
    console.log(JSON.stringify(loaded));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the bundle fails: ${stderr}`);
  const loaded = JSON.parse(stdout);
  return chunks.filter(({ file }) => loaded.includes(file));
}

function listModules(bundler, chunks) {
  const sizes = chunks.flatMap(({ modules }) => Object.entries(modules));
  for (const [module, bytes] of sizes.sort(([, a], [, b]) => b - a)) {
    rows.push(`${bundler.padEnd(9)}   ${String(bytes).padStart(7)} ${module}`);
  }
}

/** @param splits - where esbuild splits, a file of which a part is loaded later is there at once: for one function, that is much */
async function withEsbuild(contents, folder, splits = true) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root, sourcefile: "program.mjs" },
    absWorkingDir: root,
    outdir: folder,
    ...{
      bundle: true,
      splitting: splits,
      format: "esm",
      platform: "browser",
      minify: true,
      write: false,
      metafile: true,
    },
    chunkNames: "chunks/[name]-[hash]",
  });
  const entries = Object.entries(metafile.outputs).map(([path, output]) => [join(root, path), output]);
  const fileOf = (path) => relative(folder, path);
  const importsOf = ({ imports }, kind) =>
    imports.filter((one) => one.kind === kind).map((one) => fileOf(join(root, one.path)));
  return entries.map(([path, output]) => ({
    file: fileOf(path),
    code: outputFiles.find((file) => file.path === path).text,
    module: output.entryPoint,
    isEntry: output.entryPoint === "program.mjs",
    imports: importsOf(output, "import-statement"),
    later: importsOf(output, "dynamic-import"),
    modules: Object.fromEntries(Object.entries(output.inputs).map(([name, input]) => [name, input.bytesInOutput])),
  }));
}

async function withRolldown(contents, folder) {
  const program = join(root, "program.mjs");
  const bundle = await rolldown({
    input: program,
    platform: "browser",
    plugins: [
      {
        name: "program",
        resolveId: (id) => (id === program ? id : undefined),
        load: (id) => (id === program ? contents : undefined),
      },
    ],
  });
  const { output } = await bundle.generate({ dir: folder, format: "esm", minify: true });
  await bundle.close();
  return output.map((chunk) => ({
    file: chunk.fileName,
    code: chunk.code,
    module: chunk.facadeModuleId && relative(root, chunk.facadeModuleId),
    isEntry: chunk.isEntry,
    imports: chunk.imports,
    later: chunk.dynamicImports,
    modules: Object.fromEntries(
      Object.entries(chunk.modules).map(([name, { renderedLength }]) => [relative(root, name), renderedLength]),
    ),
  }));
}
