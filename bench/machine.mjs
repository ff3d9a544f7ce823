// The machine that the figures are of.
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";

/** Processor, memory, system, and the disk that `folder` is on. */
export function describeMachine(folder) {
  return {
    processor: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${type()} ${release()}, ${process.arch}`,
    disk: describeDisk(realpathSync(folder)),
    node: process.version,
  };
}

function describeDisk(folder) {
  if (!existsSync("/proc/self/mounts")) return "unknown";
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "));
  const [device, , fileSystem] = mounts
    .filter(([, at]) => at !== undefined && (folder === at || folder.startsWith(at.endsWith("/") ? at : `${at}/`)))
    .reduce((longest, mount) => (mount[1].length >= longest[1].length ? mount : longest), ["unknown", "", "unknown"]);
  return `${fileSystem} on ${device}`;
}
