// The machine that the figures are of.
import { readFileSync, realpathSync } from "node:fs";
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
  const mounts = textOf("/proc/self/mounts")
    .split("\n")
    .map((line) => line.split(" "));
  const [device, , fileSystem] = mounts
    .filter(([, at]) => at !== undefined && (folder === at || folder.startsWith(at.endsWith("/") ? at : `${at}/`)))
    .reduce((longest, mount) => (mount[1].length >= longest[1].length ? mount : longest), ["unknown", "", "unknown"]);
  const name = device.replace("/dev/", "");
  const rotational = textOf(`/sys/class/block/${name}/queue/rotational`).trim();
  const kind = { 0: ", no rotating disk", 1: ", said to be a rotating disk" }[rotational] ?? "";
  return `${fileSystem} on ${device}${kind}`;
}

/** The text of a file of the system, or nothing where the system has no such file. */
function textOf(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return "";
    throw error;
  }
}
