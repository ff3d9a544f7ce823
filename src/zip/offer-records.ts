/**
 * Records by which a writer that waits for the lock offers its work, and the lock's holder takes it along. All are in the lock file;
 * numbers are little-endian.
 *
 * Offers, one for each slot, written by whoever has the slot:
 *  0  magic, 8 bytes; zeros when nothing is offered
 *  8  CRC-32 of everything from byte 12 on, 4 bytes
 * 12  bytes of the content that say what kind of work it is, 4 bytes
 * 16  identifier of the offer, 8 bytes
 * 24  bytes of the content behind them, which the work takes, 8 bytes
 * 32  unused, 32 bytes
 *
 * Answers, one for each slot, written by the lock's holder when the work is committed:
 *  0  magic, 8 bytes
 *  8  CRC-32 of everything from byte 12 on, 4 bytes
 * 12  unused, 4 bytes
 * 16  identifier of the offer, 8 bytes
 * 24  what the work gave, 8 bytes
 * 32  name of the commit, a UUID, 16 bytes
 * 48  unused, 16 bytes
 *
 * Claims, written by the lock's holder before it does the work, and together with its intent:
 *  0  number of claims, 4 bytes
 *  4  CRC-32 of the claims, 4 bytes
 *  8  for each of them: identifier of the offer, its slot, what the work gave, 8 bytes each
 */
import { crc32 } from "../bytes/crc32.js";
import { viewOf } from "../bytes/view-of.js";
import { getUuid, intentBytes, isSealed, sealed, setUuid } from "./lock-records.js";
import { getUint64, setUint64 } from "./records.js";

/** Work that waits to be done. */
export interface OfferRecord {
  /** An integer that no other offer has. */
  readonly id: number;
  /** Bytes of what says which kind of work it is, and of what it takes. */
  readonly kindBytes: number;
  readonly payloadBytes: number;
}

/** Work that is done, and in the archive. */
export interface OfferAnswer {
  readonly id: number;
  /** Name of the commit. */
  readonly commit: string;
  /** What the work gave. */
  readonly result: number;
}

/** Work that the lock's holder does for another writer. */
export interface Claim {
  readonly id: number;
  readonly slot: number;
  /** What the work gave. */
  readonly result: number;
}

const offerMagic = new TextEncoder().encode("ZARRZIPO");
const answerMagic = new TextEncoder().encode("ZARRZIPA");

/** Byte of the lock file at which the claims begin: behind the intent, so that one call writes both. */
export const claimsOffset = intentBytes;

/** Bytes of an offer, and of an answer. */
export const offerBytes = 64;

const claimsHeaderBytes = 8;
const claimBytes = 24;

/** An identifier for an offer. */
export function newOfferId(): number {
  return 1 + Math.floor(Math.random() * 2 ** 52);
}

export function formatOffer({ id, kindBytes, payloadBytes }: OfferRecord): Uint8Array {
  const bytes = new Uint8Array(offerBytes);
  const view = viewOf(bytes);
  view.setUint32(12, kindBytes, true);
  setUint64(view, 16, id);
  setUint64(view, 24, payloadBytes);
  return sealed(bytes, offerMagic);
}

/** The offer in `bytes`; `undefined` if there is none, or not a whole one. */
export function parseOffer(bytes: Uint8Array): OfferRecord | undefined {
  if (!isSealed(bytes, offerMagic, offerBytes)) return undefined;
  const view = viewOf(bytes);
  return { id: getUint64(view, 16), kindBytes: view.getUint32(12, true), payloadBytes: getUint64(view, 24) };
}

export function formatAnswer({ id, commit, result }: OfferAnswer): Uint8Array {
  const bytes = new Uint8Array(offerBytes);
  const view = viewOf(bytes);
  setUint64(view, 16, id);
  setUint64(view, 24, result);
  setUuid(bytes, 32, commit);
  return sealed(bytes, answerMagic);
}

/** Which offer the answer in `bytes` is for, if it is whole. */
export function answeredId(bytes: Uint8Array): number {
  return getUint64(viewOf(bytes), 16);
}

/** The answer in `bytes`; `undefined` if there is none, or not a whole one. */
export function parseAnswer(bytes: Uint8Array): OfferAnswer | undefined {
  if (!isSealed(bytes, answerMagic, offerBytes)) return undefined;
  return { id: answeredId(bytes), commit: getUuid(bytes, 32), result: getUint64(viewOf(bytes), 24) };
}

/** Bytes of so many claims. */
export function claimsBytes(count: number): number {
  return claimsHeaderBytes + count * claimBytes;
}

export function formatClaims(claims: readonly Claim[]): Uint8Array {
  const bytes = new Uint8Array(claimsBytes(claims.length));
  const view = viewOf(bytes);
  for (const [i, { id, slot, result }] of claims.entries()) {
    const at = claimsHeaderBytes + i * claimBytes;
    setUint64(view, at, id);
    setUint64(view, at + 8, slot);
    setUint64(view, at + 16, result);
  }
  view.setUint32(0, claims.length, true);
  view.setUint32(4, crc32(bytes.subarray(claimsHeaderBytes)), true);
  return bytes;
}

/** The claims at the start of `bytes`; `undefined` if there are none, an empty list if they are not whole: nothing was made of them yet. */
export function parseClaims(bytes: Uint8Array): readonly Claim[] | undefined {
  if (bytes.length < claimsHeaderBytes) return undefined;
  const view = viewOf(bytes);
  const count = view.getUint32(0, true);
  if (count === 0) return undefined;
  if (claimsBytes(count) > bytes.length) return [];
  if (crc32(bytes.subarray(claimsHeaderBytes, claimsBytes(count))) !== view.getUint32(4, true)) return [];
  return Array.from({ length: count }, (_, i) => {
    const at = claimsHeaderBytes + i * claimBytes;
    return { id: getUint64(view, at), slot: getUint64(view, at + 8), result: getUint64(view, at + 16) };
  });
}
