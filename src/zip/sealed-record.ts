/** Records that tell by a magic number and a CRC-32 whether they are whole: magic, 8 bytes; CRC-32 of everything from byte 12 on, 4 bytes. */
import { crc32 } from "../bytes/crc32.js";
import { viewOf } from "../bytes/view-of.js";

/** The record with its magic, and the CRC-32 that {@link isSealed} checks. */
export function sealed(bytes: Uint8Array, magic: Uint8Array): Uint8Array {
  bytes.set(magic);
  viewOf(bytes).setUint32(8, crc32(bytes.subarray(12)), true);
  return bytes;
}

/** True if `bytes` are a whole record of this kind. */
export function isSealed(bytes: Uint8Array, magic: Uint8Array, size: number): boolean {
  if (bytes.length !== size || magic.some((byte, i) => bytes[i] !== byte)) return false;
  return crc32(bytes.subarray(12)) === viewOf(bytes).getUint32(8, true);
}

/** Bytes of a UUID. */
const uuidBytes = 16;

/** Sets what {@link getUuid} reads. */
export function setUuid(bytes: Uint8Array, at: number, uuid: string): void {
  const digits = uuid.replaceAll("-", "");
  for (let i = 0; i < uuidBytes; i++) bytes[at + i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
}

/** The UUID at byte `at`. */
export function getUuid(bytes: Uint8Array, at: number): string {
  const hex = Array.from(bytes.subarray(at, at + uuidBytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [0, 8, 12, 16, 20].map((start, i, starts) => hex.slice(start, starts[i + 1])).join("-");
}
