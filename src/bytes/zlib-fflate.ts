/** The exports of `zlib-node.ts` for runtimes without `node:zlib`. Nothing leaves the thread here; there is no Zstandard. */
import { deflateSync } from "fflate";
import { makeCrc } from "./crc-tables.js";
import { inflate } from "./inflate.js";
import type { Inflated, ZstdBackend } from "./inflate-error.js";

export const crc32 = makeCrc(0xedb88320);

export const inflateRaw = inflate;

export async function inflateRawAsync(bytes: Uint8Array, maxSize: number): Promise<Inflated> {
  return inflate(bytes, maxSize);
}

export function deflateRaw(bytes: Uint8Array, level: number): Uint8Array {
  // -1 is zlib's default, which is 6.
  return deflateSync(bytes, { level: (level === -1 ? 6 : level) as 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 });
}

export async function deflateRawAsync(bytes: Uint8Array, level: number): Promise<Uint8Array> {
  return deflateRaw(bytes, level);
}

export const zstd: ZstdBackend | undefined = undefined;
