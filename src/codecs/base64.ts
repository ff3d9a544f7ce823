import { ZarrError } from "../errors.js";
import type { CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";

const alphabet = new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const padding = 0x3d; // =
/** Six bits by character; 64 for all others. */
const sextets = new Uint8Array(256).fill(64);
for (const [value, character] of alphabet.entries()) sextets[character] = value;

/**
 * The bytes as text in base64 (RFC 4648 section 4), padded, without line breaks.
 * @see https://numcodecs.readthedocs.io/en/stable/other/base64.html
 */
export const base64Entry: CodecEntry = {
  names: ["numcodecs.base64", "base64"],
  kind: "bytes-to-bytes",
  create(configuration, _context, name) {
    new ConfigurationReader(name, configuration, []);
    const encodedSize = (decodedSize: number) => 4 * Math.ceil(decodedSize / 3);
    const fail = (problem: string): never => {
      throw new ZarrError("ERR_CODEC", problem, { codec: name });
    };
    return {
      name,
      kind: "bytes-to-bytes",
      configuration: {},
      maxEncodedSize: encodedSize,
      encodedSize,
      encode,
      decode(bytes, maxSize) {
        if (bytes.length > encodedSize(maxSize)) {
          return fail(`found ${bytes.length} characters, expected at most ${encodedSize(maxSize)}`);
        }
        const decoded = decode(bytes) ?? fail("the bytes are not text in base64");
        if (decoded.length <= maxSize) return decoded;
        return fail(`the text holds ${decoded.length} bytes, expected at most ${maxSize}`);
      },
    };
  },
};

/** Bytes to bytes: texts of the length of a chunk would cost several times as much. */
function encode(bytes: Uint8Array): Uint8Array {
  const encoded = new Uint8Array(4 * Math.ceil(bytes.length / 3)).fill(padding);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const bits = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const characters = Math.min(4, bytes.length - i + 1);
    for (let c = 0; c < characters; c++) encoded[at + c] = alphabet[(bits >> (18 - 6 * c)) & 63];
    at += 4;
  }
  return encoded;
}

/** The bytes of a text; `undefined` if it is not base64 with its padding. */
function decode(text: Uint8Array): Uint8Array | undefined {
  let end = text.length;
  if (end % 4 !== 0) return undefined;
  for (let i = 0; i < 2 && text[end - 1] === padding; i++) end--;
  const decoded = new Uint8Array(Math.floor((end * 3) / 4));
  /** Has bit 6 as soon as one of the characters is not of the alphabet. */
  let seen = 0;
  let at = 0;
  let i = 0;
  for (; i + 4 <= end; i += 4, at += 3) {
    const [a, b, c, d] = [sextets[text[i]], sextets[text[i + 1]], sextets[text[i + 2]], sextets[text[i + 3]]];
    seen |= a | b | c | d;
    decoded[at] = (a << 2) | (b >> 4);
    decoded[at + 1] = (b << 4) | (c >> 2);
    decoded[at + 2] = (c << 6) | d;
  }
  for (let bits = 0, count = 0; i < end; i++) {
    const value = sextets[text[i]];
    seen |= value;
    bits = (bits << 6) | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      decoded[at++] = bits >> count;
    }
  }
  return seen < 64 ? decoded : undefined;
}
