// Writes a file anew, for which it waits until its writers let it: `fork(soak-repack.mjs, [file])`.
import process from "node:process";
import { isZarrError, repack } from "../../dist/index.js";

const [file] = process.argv.slice(2);
await repack(file, { lockTimeoutMs: 20_000 }).catch((error) => {
  if (!isZarrError(error, "ERR_LOCK_TIMEOUT")) throw error;
});
process.disconnect();
