import { decodeBase64, encodeBase64 } from "../bytes/base64.js";
import { ZarrError } from "../errors.js";
import type { CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";

const encoder = new TextEncoder();
/** Bytes that are no ASCII become characters that are none of base64. */
const decoder = new TextDecoder("latin1");

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
      encode: (bytes) => encoder.encode(encodeBase64(bytes)),
      decode(bytes, maxSize) {
        if (bytes.length > encodedSize(maxSize)) {
          return fail(`found ${bytes.length} characters, expected at most ${encodedSize(maxSize)}`);
        }
        const decoded = decodeBase64(decoder.decode(bytes)) ?? fail("the bytes are no text in base64");
        if (decoded.length <= maxSize) return decoded;
        return fail(`the text holds ${decoded.length} bytes, expected at most ${maxSize}`);
      },
    };
  },
};
