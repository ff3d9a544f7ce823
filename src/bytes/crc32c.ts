import { makeCrc } from "./crc-tables.js";

/** CRC-32C (Castagnoli, RFC 3720 section 12.1); `seed` continues an earlier one. */
export const crc32c = makeCrc(0x82f63b78);
