// Has libraries that read from zarrita's stores read from a ZipStore, and from .ozx files of every kind that is written.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { besideClients, root } from "./install-clients.mjs";

const folder = besideClients("clients.mjs");
const files = mkdtempSync(join(tmpdir(), "zarrzip-clients-"));
process.on("exit", () => rmSync(files, { recursive: true }));
const written = run([join(root, "test/environments/ozx-files.mjs"), files], { stdout: "pipe" });
run(["clients.mjs", files], { input: written });

function run(words, { input = "", stdout = "inherit" } = {}) {
  const result = spawnSync(process.execPath, words, { cwd: folder, input, stdio: ["pipe", stdout, "inherit"] });
  if (result.status !== 0) process.exit(1);
  return result.stdout;
}
