import { viewOf } from "../bytes/view-of.js";
import { ZarrError } from "../errors.js";
import { toContiguous } from "../grid/copy-region.js";
import { cStrides, product } from "../grid/strides.js";
import type { ArrayToBytesCodec, CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";

/** Bytes of the count, and of each length: 32 bits, little-endian. */
const lengthSize = 4;

/** The conversion of one element to bytes, and back. */
interface ElementCoder<Element> {
  /** The name of the elements in messages. */
  readonly title: string;
  encode(element: Element): Uint8Array;
  decode(bytes: Uint8Array): Element;
}

const encoder = new TextEncoder();
// A byte order mark is a character like all others.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const strings: ElementCoder<string> = {
  title: "strings",
  encode: (text) => encoder.encode(text),
  decode: (bytes) => decoder.decode(bytes),
};

const byteStrings: ElementCoder<Uint8Array> = {
  title: "byte strings",
  encode: (bytes) => bytes,
  decode: (bytes) => new Uint8Array(bytes),
};

/**
 * Strings as their number, and then for each its length in bytes and its UTF-8.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/codecs/vlen-utf8
 */
export const vlenUtf8Entry = vlenEntry("vlen-utf8", strings);

/**
 * As `vlen-utf8`, of byte strings.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/codecs/vlen-bytes
 */
export const vlenBytesEntry = vlenEntry("vlen-bytes", byteStrings);

function vlenEntry<Element>(codec: string, coder: ElementCoder<Element>): CodecEntry {
  return {
    names: [codec, `numcodecs.${codec}`],
    kind: "array-to-bytes",
    create(configuration, { decoded: { dataType } }, name) {
      new ConfigurationReader(name, configuration, []);
      if (dataType.objectCodec !== codec) {
        const problem = `codec "${name}" takes ${coder.title} of any length, found ${dataType.name}`;
        throw new ZarrError("ERR_METADATA", problem, { codec: name });
      }
      return vlenCodec(name, coder);
    },
  };
}

function vlenCodec<Element>(name: string, coder: ElementCoder<Element>): ArrayToBytesCodec {
  return {
    name,
    kind: "array-to-bytes",
    configuration: {},
    encodedSize: () => undefined,
    encode(chunk, { dataType }) {
      const elements = toContiguous(chunk, dataType).data as Element[];
      const parts = elements.map((element) => coder.encode(element));
      const size = parts.reduce((sum, part) => sum + lengthSize + part.length, lengthSize);
      const bytes = new Uint8Array(size);
      const view = viewOf(bytes);
      view.setUint32(0, parts.length, true);
      let position = lengthSize;
      for (const part of parts) {
        view.setUint32(position, part.length, true);
        bytes.set(part, position + lengthSize);
        position += lengthSize + part.length;
      }
      return bytes;
    },
    decode(bytes, { shape }) {
      return { data: readElements(bytes, product(shape), name, coder), shape, stride: cStrides(shape) };
    },
  };
}

function readElements<Element>(
  bytes: Uint8Array,
  expected: number,
  codec: string,
  coder: ElementCoder<Element>,
): Element[] {
  const fail = (problem: string, offset: number, cause?: unknown): never => {
    throw new ZarrError("ERR_CODEC", problem, { codec, offset }, cause);
  };
  const view = viewOf(bytes);
  const count = bytes.length < lengthSize ? undefined : view.getUint32(0, true);
  if (count !== expected) fail(`the chunk says that it has ${count} ${coder.title}, expected ${expected}`, 0);
  // Each of them has at least its length: so no count makes the list longer than the bytes.
  if (expected > (bytes.length - lengthSize) / lengthSize) {
    fail(`${bytes.length} bytes cannot hold ${expected} ${coder.title}`, 0);
  }
  const elements = new Array<Element>(expected);
  let position = lengthSize;
  for (let i = 0; i < expected; i++) {
    const rest = bytes.length - position - lengthSize;
    const length = rest < 0 ? Number.POSITIVE_INFINITY : view.getUint32(position, true);
    if (length > rest) fail(`element ${i} ends past the chunk's ${bytes.length} bytes`, position);
    position += lengthSize;
    try {
      elements[i] = coder.decode(bytes.subarray(position, position + length));
    } catch (cause) {
      fail(`element ${i} is not valid UTF-8`, position, cause);
    }
    position += length;
  }
  if (position < bytes.length) fail(`${bytes.length - position} bytes follow the last element`, position);
  return elements;
}
