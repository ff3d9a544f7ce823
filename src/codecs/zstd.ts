import { zstd as native } from "#zlib";
import { concatenate } from "../bytes/concatenate.js";
import { DecompressionError } from "../bytes/decompression.js";
import { freeMemory } from "../bytes/free-memory.js";
import type { BytesToBytesCodec, CodecEntry, DecodedBatch } from "./codec.js";
import { throwCodecError } from "./codec-error.js";
import { ConfigurationReader } from "./configuration.js";
import { readZstdFrames, type ZstdFrame } from "./kernels/zstd-frame.js";
import { compressWasm, decompressWasm } from "./zstd-wasm.js";

/** Levels of the reference encoder; 0 is its default. */
const minLevel = -131072;
const maxLevel = 22;

/**
 * Zstandard (RFC 8878). Several frames in a row are read as one.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/codecs/zstd
 */
export const zstdEntry: CodecEntry = {
  names: ["zstd", "numcodecs.zstd"],
  kind: "bytes-to-bytes",
  create(configuration, { zarrFormat }, name) {
    const reader = new ConfigurationReader(name, configuration, ["level", "checksum"]);
    const level = reader.integer("level", minLevel, maxLevel, 0);
    const checksum = reader.boolean("checksum", false);
    // numcodecs before 0.13 knows no checksum, so it is named only where it is written.
    const named = checksum || (zarrFormat === 3 && name === "zstd");
    return zstdCodec(name, level, checksum, named ? { level, checksum } : { level });
  },
};

function zstdCodec(
  name: string,
  level: number,
  checksum: boolean,
  configuration: BytesToBytesCodec["configuration"],
): BytesToBytesCodec {
  return {
    name,
    kind: "bytes-to-bytes",
    configuration,
    // Raw blocks, which an encoder that streams may make small, and room for frame headers and skippable frames.
    maxEncodedSize: (decodedSize) => decodedSize + Math.ceil(decodedSize / 128) + 1024,
    encode: (bytes) => compressZstd(bytes, level, checksum),
    givesOwnMemory: true,
    decode: (bytes, maxSize) => decompressZstd(bytes, maxSize).catch(throwCodecError),
    // The WASM build is as fast with one after the other.
    decodeBatch: native && decompressMany,
  };
}

/** One Zstandard frame. */
export function compressZstd(bytes: Uint8Array, level: number, checksum: boolean): Uint8Array | Promise<Uint8Array> {
  return native === undefined ? compressWasm(bytes, level, checksum) : native.compress(bytes, level, checksum);
}

/**
 * Content of all frames.
 * @throws DecompressionError - not whole frames, or more than `maxSize` bytes
 */
export async function decompressZstd(bytes: Uint8Array, maxSize: number): Promise<Uint8Array> {
  const frames = readZstdFrames(bytes, maxSize);
  const parts: Uint8Array[] = [];
  let size = 0;
  for (const frame of frames) {
    // One frame at a time: node:zlib ends at the first, and says nothing of the others.
    const part = await decompressFrame(bytes.subarray(frame.start, frame.end), frame, maxSize - size);
    size += part.length;
    if (size > maxSize) throw new DecompressionError("too long", `the frames hold more than ${maxSize} bytes`);
    parts.push(part);
  }
  return parts.length === 1 ? parts[0] : concatenate(parts);
}

/** Contents of values of one frame and `size` bytes each; `undefined` if one is something else, or is damaged. */
async function decompressMany(values: readonly Uint8Array[], size: number): Promise<DecodedBatch | undefined> {
  if (!values.every((value) => isFrameOf(value, size))) return undefined;
  const frames = concatenate(values);
  try {
    const bytes = native?.decompressEach(frames, size, values.length);
    return bytes && { bytes, stride: size };
  } catch (error) {
    if (error instanceof DecompressionError) return undefined;
    throw error;
  } finally {
    freeMemory(frames);
  }
}

/** True if a value is one frame that can hold `size` bytes. */
function isFrameOf(value: Uint8Array, size: number): boolean {
  try {
    const [frame] = readZstdFrames(value, size);
    return frame.start === 0 && frame.end === value.length && frame.maxDecodedSize === size;
  } catch (error) {
    if (error instanceof DecompressionError) return false;
    throw error;
  }
}

/** Up to this content, in bytes, the WASM build is faster than `node:zlib`, which makes a stream for each frame. */
const smallContent = 16 * 1024;

/** So many small frames are worth loading it. */
const worthLoading = 64;

let smallFrames = 0;

async function decompressFrame(bytes: Uint8Array, { maxDecodedSize }: ZstdFrame, maxSize: number): Promise<Uint8Array> {
  if (native === undefined) return await decompressWasm(bytes, maxDecodedSize, maxSize);
  if (maxDecodedSize <= smallContent && ++smallFrames > worthLoading) {
    return await decompressWasm(bytes, maxDecodedSize, maxSize);
  }
  return await native.decompress(bytes, Math.min(maxDecodedSize, maxSize));
}
