/** The {@link ZlibBackend} of runtimes without `node:zlib`. Nothing leaves the thread here; there is no Zstandard. */
import { deflateSync } from "fflate";
import { makeCrc } from "./crc-tables.js";
import { gunzip as gunzipMembers } from "./gzip-members.js";
import { inflate } from "./inflate.js";
import type { ZlibBackend } from "./zlib-backend.js";

export const crc32: ZlibBackend["crc32"] = makeCrc(0xedb88320);

export const inflateRaw: ZlibBackend["inflateRaw"] = inflate;

export const gunzip = ((bytes, maxSize) => gunzipMembers(bytes, maxSize, crc32)) satisfies ZlibBackend["gunzip"];

export const deflateRaw: ZlibBackend["deflateRaw"] = (bytes, level) =>
  // -1 is zlib's default, which is 6.
  deflateSync(bytes, { level: (level === -1 ? 6 : level) as 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 });

export const zstd: ZlibBackend["zstd"] = undefined;
