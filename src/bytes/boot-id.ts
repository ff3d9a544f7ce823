import { readFile } from "node:fs/promises";

/** The identifier of a run where the system does not tell: it is no other run's, and not this one's. */
export const unknownBoot = "00000000-0000-0000-0000-000000000000";

let known: Promise<string> | undefined;

/** A UUID that is the same for as long as the system runs, and another one after it has been started again. */
export async function bootId(): Promise<string> {
  known ??= readFile("/proc/sys/kernel/random/boot_id", "utf8").then(
    (text) => text.trim(),
    () => unknownBoot, // no Linux
  );
  return await known;
}
