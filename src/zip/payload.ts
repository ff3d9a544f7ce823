import { inflateRaw } from "#zlib";
import { crc32 } from "../bytes/crc32.js";
import { type Decompressed, DecompressionError } from "../bytes/decompression.js";
import { ZarrError, type ZarrErrorCode } from "../errors.js";
import { type EntryFields, flag, method } from "./records.js";

/** Expands a payload to `size` bytes at most. @throws DecompressionError */
type Expand = (payload: Uint8Array, size: number, flags: number) => Decompressed | Promise<Decompressed>;

/** The rarer ones are loaded with the first entry that has them. */
const methods = new Map<number, Expand>([
  [method.stored, (payload) => ({ bytes: payload, consumed: payload.length })],
  [method.deflate, inflateRaw],
  [method.bzip2, async (payload, size) => (await import("../bytes/bzip2.js")).expandBzip2(payload, size)],
  [method.lzma, async (...args) => (await import("./lzma-entry.js")).expandLzmaEntry(...args)],
]);

/** DEFLATE needs at least two bits for each 258 bytes. */
const maxDeflateRatio = 4 * 258;

/** An entry of a named archive, for messages. */
export interface NamedEntry extends EntryFields {
  readonly key: string;
  readonly file: string;
}

/**
 * Checks that an entry can be read at all, before any memory is taken for it.
 *
 * @throws ZarrError `ERR_ZIP_METHOD` - encrypted, or compressed by a method that is not supported
 * @throws ZarrError `ERR_ZIP` - no stream of its compressed size expands to its size
 */
export function checkReadable(entry: NamedEntry): void {
  if ((entry.flags & (flag.encrypted | flag.strongEncryption | flag.maskedHeader)) !== 0) {
    throw entryError("ERR_ZIP_METHOD", entry, "is encrypted; decrypt the archive first");
  }
  if ((entry.flags & flag.patched) !== 0 || !methods.has(entry.method)) {
    const what = (entry.flags & flag.patched) !== 0 ? "patch data (bit 5)" : `method ${entry.method}`;
    const known = [...methods.keys()].join(", ");
    throw entryError("ERR_ZIP_METHOD", entry, `is compressed by ${what}; this package reads methods ${known}`);
  }
  if (entry.method === method.deflate && entry.size > entry.compressedSize * maxDeflateRatio) {
    const claim = `claims ${entry.size} bytes from ${entry.compressedSize} bytes of deflate, which cannot be`;
    throw entryError("ERR_ZIP", entry, claim);
  }
}

/** @throws ZarrError `ERR_LIMIT` - more than `maxBytes` would be read */
export function checkLimit(entry: NamedEntry, bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw entryError("ERR_LIMIT", entry, `would give ${bytes} bytes, more than the limit of ${maxBytes}`);
}

/** Bytes that a payload may have beyond twice those of its value: streams that were flushed often are longer than what they hold. */
const payloadSlack = 2 ** 20;

/** Bytes that a payload may have to be read at all, of a value of `maxBytes` at most. */
export function maxPayloadBytes(maxBytes: number): number {
  return 2 * maxBytes + payloadSlack;
}

/** @throws ZarrError `ERR_LIMIT` - far more is stored than a value of `maxBytes` takes */
export function checkPayloadSize(entry: NamedEntry, maxBytes: number): void {
  const most = maxPayloadBytes(maxBytes);
  if (entry.compressedSize <= most) return;
  const found = `has ${entry.compressedSize} compressed bytes for a value of ${entry.size}`;
  throw entryError("ERR_LIMIT", entry, `${found}, more than the ${most} that the limit of ${maxBytes} allows`);
}

/**
 * The value of an entry from its payload.
 *
 * @returns exactly `entry.size` bytes; for a stored entry `payload` itself
 * @throws ZarrError `ERR_ZIP` - the payload is no stream of its method, or one of another length
 * @throws ZarrError `ERR_CHECKSUM` - the value has another CRC-32
 */
export async function expandPayload(entry: NamedEntry, payload: Uint8Array): Promise<Uint8Array> {
  const { bytes, consumed } = await expand(entry, payload);
  if (bytes.length !== entry.size) {
    throw entryError("ERR_ZIP", entry, `expands to ${bytes.length} bytes, expected ${entry.size}`);
  }
  if (consumed !== payload.length) {
    const extra = payload.length - consumed;
    throw entryError("ERR_ZIP", entry, `has ${extra} bytes after its compressed stream of ${consumed}`);
  }
  const found = crc32(bytes);
  if (found !== entry.crc32) {
    const hex = (crc: number) => `0x${crc.toString(16).padStart(8, "0")}`;
    throw entryError("ERR_CHECKSUM", entry, `is damaged: its CRC-32 is ${hex(found)}, expected ${hex(entry.crc32)}`);
  }
  return bytes;
}

async function expand(entry: NamedEntry, payload: Uint8Array): Promise<Decompressed> {
  try {
    return await methods.get(entry.method)!(payload, entry.size, entry.flags);
  } catch (error) {
    if (!(error instanceof DecompressionError)) throw error;
    throw entryError("ERR_ZIP", entry, `cannot be expanded to its ${entry.size} bytes: ${error.message}`, error);
  }
}

/** An error that names the entry. */
export function entryError(code: ZarrErrorCode, entry: NamedEntry, what: string, cause?: unknown): ZarrError {
  const { key, file } = entry;
  return new ZarrError(code, `${JSON.stringify(key)} in ${file} ${what}`, { file, key }, cause);
}
