// Puts the modules of src/ together into the few files of dist/ that are published: a few load in a quarter of the time that 260
// take. They keep names and comments; maps to the sources would be larger than they are. The declarations are those that the compiler has put into build/, module by module.
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** What programs import, what workers run, and the pairs that package.json chooses from. */
const entries = [
  ...["index", "pool/index", "pool/zarrzip-worker", "testing/index"],
  ...["bytes/zlib-node", "bytes/zlib-fflate", "bytes/diagnostics-node", "bytes/diagnostics-none"],
  ...["store/local-files", "store/no-local-files"],
];

const bundle = await rolldown({
  input: Object.fromEntries(entries.map((name) => [name, inRoot(`src/${name}.ts`)])),
  platform: "node",
  external: /^(?![a-zA-Z]:[\\/])[^./]/, // packages, and names that begin with #; no path, of Windows either
  resolve: { extensionAlias: { ".js": [".ts"] } },
  transform: { target: "es2022" },
  treeshake: false,
});
await bundle.write({
  dir: inRoot("dist"),
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "shared/[name].js",
});
await bundle.close();

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
