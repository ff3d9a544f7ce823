// `npm run soak`: the writers that are killed at random (soak-run.mjs takes the options), then pools and stores that are opened and
// closed again and again: --resources 1000 threads, as many processes, and ten times as many stores; 0 leaves them out.
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const options = process.argv.slice(2);
const at = options.indexOf("--resources");
const [, resources = "1000"] = at < 0 ? [] : options.splice(at, 2);

const beside = (path) => fileURLToPath(new URL(path, import.meta.url));
const run = (args, env = {}) => {
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit", env: { ...process.env, ...env } });
  if (status !== 0) process.exitCode = 1;
};

run([beside("soak-run.mjs"), ...options]);
if (resources !== "0") {
  const vitest = beside("../../node_modules/vitest/vitest.mjs");
  run([vitest, "run", "--mode", "all", beside("../pool/resources.long.test.ts")], { ZARRZIP_RESOURCES: resources });
}
