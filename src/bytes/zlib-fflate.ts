/**
 * The {@link ZlibBackend} of runtimes without `node:zlib`. Nothing leaves the thread here; there is no Zstandard. What inflates and
 * deflates is loaded with the first stream.
 */
import { makeCrc } from "./crc-tables.js";
import type { ZlibBackend } from "./zlib-backend.js";

export const crc32: ZlibBackend["crc32"] = makeCrc(0xedb88320);

export const inflateRaw = (async (bytes, maxSize) => {
  const { inflate } = await import("./inflate.js");
  return inflate(bytes, maxSize);
}) satisfies ZlibBackend["inflateRaw"];

export const gunzip = (async (bytes, maxSize) => {
  const { gunzip } = await import("./gzip-members.js");
  return gunzip(bytes, maxSize, crc32);
}) satisfies ZlibBackend["gunzip"];

export const gunzipWhole = (async (bytes, maxSize) => {
  const { gunzipWhole } = await import("./gunzip-whole.js");
  return await gunzipWhole(bytes, maxSize);
}) satisfies ZlibBackend["gunzipWhole"];

export const deflateRaw = (async (bytes, level) => {
  const { deflateSync } = await import("./deflate.js");
  // -1 is zlib's default, which is 6.
  return deflateSync(bytes, { level: (level === -1 ? 6 : level) as 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 });
}) satisfies ZlibBackend["deflateRaw"];

export const zstd: ZlibBackend["zstd"] = undefined;

export const loadZstd: ZlibBackend["loadZstd"] = undefined;
