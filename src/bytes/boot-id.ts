import { readFileSync } from "node:fs";

/** The identifier of a run where the system does not tell: it is no other run's, and not this one's. */
export const unknownBoot = "00000000-0000-0000-0000-000000000000";

let known: string | undefined;

/** A UUID that is the same for as long as the system runs, and another one after it has been started again. */
export function bootId(): string {
  known ??= readBootId();
  return known;
}

/** At once: reading it through the event loop would load Node's streams, which takes as long as several commits. */
function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return unknownBoot; // no Linux
  }
}
