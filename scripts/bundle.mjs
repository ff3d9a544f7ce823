// Makes dist/ of src/, twice. Node gets a few files, which load in a quarter of the time that 260 take. Everyone else gets, in dist/modules/,
// one file that reads arrays in a ZIP, and all other modules one by one, since bundlers leave out whole files and put files, not parts of
// them, into what they load later. Both keep names and comments; maps to the sources would be larger than they are. The declarations are those that the compiler has put into build/.
import { chmodSync, cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** What programs import, what workers run, and the pairs that package.json chooses from. */
const entries = {
  node: [
    ...["index", "pool/index", "pool/zarrzip-worker", "testing/index", "cli/index"],
    ...["bytes/zlib-node", "bytes/diagnostics-node", "store/local-files", "pool/workers-node"],
  ],
  modules: [
    ...["index", "pool/index", "pool/web-worker", "testing/index"],
    ...["bytes/zlib-fflate", "bytes/diagnostics-none", "store/no-local-files", "pool/workers-web"],
  ],
};

/** What browsers load when it is needed, and Node at once: it is read, and compiled where it is called, sooner than another file is found. */
const loadedAnyway = [
  ...["metadata/any-document", "zip/entry-batches", "zip/newest-version", "zip/directory-growth", "zip/known-version"],
  ...[
    "hierarchy/read-small-chunks",
    "codecs/batch-decoder",
    "codecs/crc32c",
    "hierarchy/members",
    "store/zip/restore-resources",
  ],
];

/** One file of dist/modules/: esbuild would make 30 of these modules, which are larger by an eighth where each is compressed by itself. */
const first = loadedWith(inRoot("src/hierarchy/open-node.ts"), inRoot("src/store/zip/zip-store.ts"));
/** Not in it: a page may need nothing but `slice()`, and what the map of imports leads to must not lead back. */
const alone = loadedWith(
  ...["grid/slice", "bytes/zlib-fflate", "bytes/diagnostics-none", "store/no-local-files"].map((name) =>
    inRoot(`src/${name}.ts`),
  ),
);

/** Of a file that is loaded with others one chunk: left to itself, the bundler makes one for each set of modules that load it later. */
const chunks = ["bytes/zlib-node", "store/local-files", "index"].map((name, i) => {
  const modules = loadedWith(
    ...[name, ...(name === "index" ? loadedAnyway : [])].map((one) => inRoot(`src/${one}.ts`)),
  );
  return { name: `with-${basename(name)}`, test: (id) => modules.has(id), priority: 3 - i };
});

await write(entries.node, {
  dir: inRoot("dist"),
  chunkFileNames: (chunk) => `shared/${fileOfChunk(chunk).replaceAll("/", "-")}`,
  codeSplitting: { groups: chunks },
});
await write(entries.modules, {
  dir: inRoot("dist/modules"),
  chunkFileNames: fileOfChunk,
  minifyInternalExports: false,
  codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: chunkOfModule, debugName: "modules" }] },
});

// esbuild loads at once whatever index.js names, if something else may load it later, but not what a constant of a third file names.
const index = readFileSync(inRoot("dist/modules/index.js"), "utf8");
const named = /^import \{ ([\w, ]+) \} from "\.\/((?:data-type|hierarchy)\/[\w-]+)\.js";$/gm;
const apart = index.replace(named, (_, names, file) => {
  const own = names.split(", ").map((name) => `const ${name} = own.${name};\n`);
  const text = `import * as own from "./${basename(file)}.js";\n${own.join("")}export { ${names} };\n`;
  writeFileSync(inRoot(`dist/modules/${file}-apart.js`), text);
  return `import { ${names} } from "./${file}-apart.js";`;
});
writeFileSync(inRoot("dist/modules/index.js"), apart);

// The file of a page's workers once more, with all that it imports: a page's map of imports does not reach its workers, and few files are
// there sooner than 200. The file itself only imports: servers give it another URL than the one by which other files import it.
const workerFolder = "dist/modules/pool/worker";
const { dependencies, imports } = JSON.parse(readFileSync(inRoot("package.json"), "utf8"));
const sourceOf = (file) => inRoot(file.replace("dist/modules", "src").replace(/\.js$/, ".ts"));
const workerChunks = await write(
  ["pool/web-worker"],
  {
    dir: inRoot(workerFolder),
    entryFileNames: "main.js",
    chunkFileNames: (chunk) => fileOfChunk(chunk).replaceAll("/", "-"),
  },
  { alias: Object.fromEntries(Object.entries(imports).map(([name, { default: file }]) => [name, sourceOf(file)])) },
);
writeFileSync(inRoot("dist/modules/pool/zarrzip-worker.js"), 'import "./worker/main.js";\n');
writeFileSync(inRoot(`${workerFolder}/licenses.txt`), licensesIn(workerChunks));

// npm makes a program of it wherever it installs the package, and in a folder that is linked to that changes the file itself.
chmodSync(inRoot("dist/cli/index.js"), 0o755);

async function write(names, output, inlining) {
  const bundle = await rolldown({
    input: Object.fromEntries(names.map((name) => [name, inRoot(`src/${name}.ts`)])),
    platform: "neutral",
    checks: { ineffectiveDynamicImport: false }, // in Node
    external: inlining ? [] : /^(?![a-zA-Z]:[\\/])[^./]/, // packages, and names that begin with #; no path, of Windows either
    resolve: { extensionAlias: { ".js": [".ts", ".js"] }, ...inlining },
    transform: { target: "es2022" },
    preserveEntrySignatures: "allow-extension", // what is loaded later may be in a chunk with others
  });
  const { output: chunks } = await bundle.write({ format: "esm", entryFileNames: "[name].js", ...output });
  await bundle.close();
  return chunks;
}

/** The licenses of the packages whose code is in a bundle. */
function licensesIn(chunks) {
  const modules = chunks.flatMap((chunk) => chunk.moduleIds ?? []).map((id) => id.replaceAll("\\", "/"));
  const names = Object.keys(dependencies).filter((name) => modules.some((id) => id.includes(`/node_modules/${name}/`)));
  return names.map((name) => `${name}\n\n${readFileSync(inRoot(`node_modules/${name}/LICENSE`), "utf8")}`).join("\n\n");
}

/** These modules, those that they import at once, and so on. */
function loadedWith(...entries) {
  const found = new Set(entries);
  const follow = (path) => {
    const imports = /^(?:import|export)(?! type )[^;]*?\bfrom "(\.[^"]+)\.js";/gm;
    for (const [, name] of readFileSync(path, "utf8").matchAll(imports)) {
      const target = join(dirname(path), `${name}.ts`);
      if (found.has(target)) continue;
      found.add(target);
      follow(target);
    }
  };
  for (const entry of entries) follow(entry);
  return found;
}

/** Which chunk of dist/modules/ a module is put into; those that are loaded later are chunks in any case. */
function chunkOfModule(id, graph) {
  if (first.has(id) && !alone.has(id)) return "reading";
  const { isEntry, dynamicImporters } = graph.getModuleInfo(id);
  return isEntry || dynamicImporters.length > 0 || !id.startsWith(inRoot("src")) ? undefined : pathOfModule(id);
}

/** Two chunks of one name would be numbered in whatever order they are made: the folder tells them apart. */
function fileOfChunk({ name, moduleIds }) {
  const module = moduleIds.find((id) => basename(id, ".ts") === name && id.startsWith(inRoot("src")));
  return `${module === undefined ? name : pathOfModule(module)}.js`;
}

/** `codecs/zstd` of `src/codecs/zstd.ts`. */
function pathOfModule(id) {
  return relative(inRoot("src"), id).replaceAll("\\", "/").slice(0, -".ts".length);
}

const isDeclaration = (path) => /\.d\.ts$/.test(path) || !/\.\w+$/.test(path);
cpSync(inRoot("build"), inRoot("dist"), { recursive: true, filter: isDeclaration });

// The types are those of Node wherever the package runs, and are found without the map of imports, which not every resolver knows.
const fileTypes = "store/local-files.js";
for (const path of readdirSync(inRoot("dist"), { recursive: true })) {
  if (!path.endsWith(".d.ts")) continue;
  const text = readFileSync(inRoot(`dist/${path}`), "utf8");
  const target = relative(dirname(path), fileTypes).replaceAll("\\", "/");
  const resolved = text.replaceAll('"#file"', JSON.stringify(target.startsWith(".") ? target : `./${target}`));
  if (resolved !== text) writeFileSync(inRoot(`dist/${path}`), resolved);
}
