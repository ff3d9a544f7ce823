// Which versions of other libraries the tests of interoperability run with: asked of the libraries themselves, and written to
// docs/interop.md. With --check nothing is written, and the page must have what they say.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const page = new URL("../docs/interop.md", import.meta.url);
const packages = ["zarr", "numcodecs", "numpy", "tensorstore"];
const program = `
import importlib.metadata as metadata, json, platform
def version(name):
    try: return metadata.version(name)
    except metadata.PackageNotFoundError: return None
print(json.dumps([platform.python_version(), *map(version, ${JSON.stringify(packages)})]))`;

const rows = ["ZARRZIP_PYTHON_342", "ZARRZIP_PYTHON", "ZARRZIP_PYTHON_300"].flatMap((variable) => {
  const python = process.env[variable];
  if (!python) return [];
  const [release, ...versions] = JSON.parse(execFileSync(python, ["-c", program], { encoding: "utf8" }));
  const cells = versions.map((version) => version ?? "");
  // The patch release of Python is the machine's.
  return [`| ${[`\`${variable}\``, ...cells, release.replace(/\.\d+$/, "")].join(" | ")} |`];
});
const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));
const { version } = lock.packages["node_modules/zarrita"];
const crates = readFileSync(new URL("../test/interop/zarrs/Cargo.lock", import.meta.url), "utf8");
const versionOf = (crate) => new RegExp(`name = "${crate}"\\nversion = "(.+)"`).exec(crates)[1];
const rust = `zarrs ${versionOf("zarrs")} with zarrs_zip ${versionOf("zarrs_zip")}`;

const text = `# Interoperability

What is written is read by these, and what they write is read here, in every run of \`.ci/run\`: all data types, codecs, grids, byte
orders and shards that both sides know, by one matrix (\`test/interop/cases.ts\`) and by random arrays. zarrita ${version} reads the
same files in \`npm test\`, ${rust} reads and writes them where there is
a cargo. Made by \`.ci/versions.mjs\` from what the libraries say of themselves.

| Interpreter | zarr-python | numcodecs | NumPy | tensorstore | Python |
|---|---|---|---|---|---|
${rows.join("\n")}
`;

if (process.argv.includes("--check")) {
  const known = readFileSync(page, "utf8");
  const missing = [rust, ...rows].filter((row) => !known.includes(row.replace(/ [\d.]+ \|$/, "")));
  if (missing.length > 0) {
    console.error(`docs/interop.md lacks\n${missing.join("\n")}\nnode .ci/versions.mjs writes it`);
    process.exit(1);
  }
} else writeFileSync(page, text);
