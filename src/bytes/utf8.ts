import { isZarrError, ZarrError } from "../errors.js";

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Text of a document; a byte order mark stays.
 * @throws ZarrError `ERR_METADATA` - no UTF-8; `details.offset` is the byte
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch (cause) {
    // The lenient decoder puts U+FFFD where the strict one gave up, so the first difference is the broken byte.
    const repaired = new TextEncoder().encode(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
    const offset = bytes.findIndex((byte, i) => byte !== repaired[i]);
    throw new ZarrError("ERR_METADATA", `malformed JSON: invalid UTF-8 at byte ${offset}`, { offset }, cause);
  }
}

/** Half a surrogate pair, which no UTF-8 decodes to. */
export const notUtf8 = /\p{Cs}/u;

/** As {@link decodeUtf8}; for bytes that are not UTF-8 a text that says so ({@link notUtf8}), and has each of them, as a character. */
export function decodeAnyBytes(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (!isZarrError(error)) throw error;
    const codes = new Uint16Array(bytes.length);
    for (let i = 0; i < bytes.length; i++) codes[i] = bytes[i] < 0x80 ? bytes[i] : 0xdc00 + bytes[i];
    const pieceLength = 4096;
    let text = "";
    for (let i = 0; i < codes.length; i += pieceLength) {
      text += String.fromCharCode(...codes.subarray(i, i + pieceLength));
    }
    return text;
  }
}
