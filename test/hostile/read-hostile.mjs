// Opens hostile files one after the other and reads all of what each holds. After each file it reports what came of it, how much
// work that was, and the most memory that this process has ever taken.
import process from "node:process";
import { deflateSync, inflateSync } from "node:zlib";
import { isZarrError, openArray } from "../../dist/index.js";

process.once("message", async (files) => {
  for (const file of files) {
    const start = process.cpuUsage();
    const outcome = await outcomeOf(file);
    const report = { ...outcome, work: processorTime(start) / control, peakBytes: peakBytes() };
    await new Promise((sent) => process.send(report, sent)); // what is under way when the process disconnects is lost
  }
  process.disconnect();
});
const control = processorTimeOfControl();
process.send({ peakBytes: peakBytes() });

function processorTimeOfControl() {
  const mebibyte = deflateSync(new Uint8Array(2 ** 20));
  const start = process.cpuUsage();
  for (let i = 0; i < 256; i++) inflateSync(mebibyte);
  return processorTime(start);
}

/** In microseconds. */
function processorTime(start) {
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

async function outcomeOf(file) {
  try {
    const array = await openArray(file);
    try {
      const { data } = await array.get();
      const polluted = Object.keys(Object.prototype).length > 0 || {}.polluted !== undefined;
      return { outcome: polluted ? "Object.prototype was changed" : [...data], message: "" };
    } finally {
      await array.close();
    }
  } catch (error) {
    return {
      outcome: isZarrError(error) ? error.code : String(error?.stack ?? error),
      message: String(error?.message),
    };
  }
}

function peakBytes() {
  return process.resourceUsage().maxRSS * 1024;
}
