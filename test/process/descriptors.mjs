// Sends the files that this process has open, at its very start. Linux only.
import { readdirSync, readlinkSync } from "node:fs";
import process from "node:process";

const open = readdirSync("/proc/self/fd").map((descriptor) => {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return ""; // that of readdir itself
  }
});
process.send(open);
process.once("disconnect", () => process.exit());
process.channel.ref();
