// Installs the libraries that read from zarrita's stores, and this package beside them, into the folder that ZARRZIP_CI_CACHE names.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(process.env.ZARRZIP_CI_CACHE ?? join(root, ".cache", "ci"), "clients");
const manifest = JSON.stringify({
  private: true,
  type: "module",
  dependencies: {
    "@carbonplan/zarr-layer": "0.5.0",
    "@fideus-labs/ngff-zarr": "0.14.0",
    "@zarrita/storage": "0.2.0",
    "maplibre-gl": "6.20.0",
    "ome-zarr.js": "0.0.19",
    zarrita: "0.7.5",
    zarrzip: `file:${root}`,
  },
});

/** Copies a program of test/environments to where these libraries are; gives the folder. */
export function besideClients(program) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "package.json");
  if (!existsSync(join(folder, ".installed")) || readFileSync(file, "utf8") !== manifest) {
    writeFileSync(file, manifest);
    const options = ["--silent", "--no-audit", "--no-fund", "--no-package-lock", "--install-links=false"];
    const { status } = spawnSync("npm", ["install", ...options], { cwd: folder, stdio: "inherit" });
    if (status !== 0) process.exit(1);
    writeFileSync(join(folder, ".installed"), "");
  }
  cpSync(join(root, "test/environments", program), join(folder, program));
  return folder;
}
