// What waits in a lock file, as the tests of offers see it from outside.
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { type OfferAnswer, type OfferRecord, parseAnswer, parseOffer } from "../../src/zip/offer-records.js";

/** An offer in the lock file that nobody has answered. */
export type WaitingOffer = OfferRecord & { readonly slot: number };

/** Offers begin at byte 12288 and answers at byte 16384: 64 of each, of 64 bytes. Contents are of 1 MiB, and begin at byte 1 MiB. */
export const offersAt = 12_288;
const answersAt = 16_384;
export const contentsAt = 1_048_576;

/** What the lock file of an archive has in a slot. */
export function answerIn(lockFile: Uint8Array, slot: number): OfferAnswer | undefined {
  const at = answersAt + 64 * slot;
  return lockFile.length < at + 64 ? undefined : parseAnswer(lockFile.subarray(at, at + 64));
}

/** Offers in the bytes of a lock file that nobody has answered. */
export function offersOf(lockFile: Uint8Array): WaitingOffer[] {
  const offers: WaitingOffer[] = [];
  for (let slot = 0; slot < 64; slot++) {
    const at = offersAt + 64 * slot;
    if (lockFile.length < at + 64) break;
    const offer = parseOffer(lockFile.subarray(at, at + 64));
    if (offer !== undefined && answerIn(lockFile, slot)?.id !== offer.id) offers.push({ ...offer, slot });
  }
  return offers;
}

/** Offers that wait for the holder of an archive's lock. */
export function offersIn(archive: string): WaitingOffer[] {
  const lockFile = `${archive}.lock`;
  return existsSync(lockFile) ? offersOf(readFileSync(lockFile)) : [];
}

/** Waits until so many offers wait in the lock file. */
export async function untilOffered(archive: string, count: number): Promise<WaitingOffer[]> {
  for (;;) {
    const offers = offersIn(archive);
    if (offers.length === count) return offers;
    await pause(1);
  }
}
