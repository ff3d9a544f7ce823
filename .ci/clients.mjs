// Has libraries that read from zarrita's stores read from a ZipStore, and from .ozx files of every kind that is written: they are kept in the folder that ZARRZIP_CI_CACHE names.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(process.env.ZARRZIP_CI_CACHE ?? join(root, ".cache", "ci"), "clients");
const manifest = JSON.stringify({
  private: true,
  type: "module",
  dependencies: {
    "@fideus-labs/ngff-zarr": "0.14.0",
    "@zarrita/storage": "0.2.0",
    "ome-zarr.js": "0.0.19",
    zarrita: "0.7.5",
    zarrzip: `file:${root}`,
  },
});

mkdirSync(folder, { recursive: true });
const file = join(folder, "package.json");
if (!existsSync(join(folder, ".installed")) || readFileSync(file, "utf8") !== manifest) {
  writeFileSync(file, manifest);
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock", "--install-links=false"]);
  writeFileSync(join(folder, ".installed"), "");
}
cpSync(join(root, "test/environments/clients.mjs"), join(folder, "clients.mjs"));
const files = mkdtempSync(join(tmpdir(), "zarrzip-clients-"));
process.on("exit", () => rmSync(files, { recursive: true }));
const written = run(process.execPath, [join(root, "test/environments/ozx-files.mjs"), files], { stdout: "pipe" });
run(process.execPath, ["clients.mjs", files], { input: written });

function run(command, words, { input = "", stdout = "inherit" } = {}) {
  const result = spawnSync(command, words, { cwd: folder, input, stdio: ["pipe", stdout, "inherit"] });
  if (result.status !== 0) process.exit(1);
  return result.stdout;
}
