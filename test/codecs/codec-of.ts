import { defaultLimits } from "../../src/bytes/limits.js";
import type { ChunkRepresentation, Codec, CodecConfiguration, CodecEntry } from "../../src/codecs/codec.js";
import type { ChunkData } from "../../src/data-type/data-type.js";
import type { Chunk } from "../../src/grid/chunk.js";
import { cStrides } from "../../src/grid/strides.js";

/** The codec of one configuration, on chunks of `decoded`. */
export function codecOf<Kind extends Codec>(
  entry: CodecEntry,
  configuration: CodecConfiguration,
  decoded: ChunkRepresentation,
  zarrFormat: 2 | 3 = 3,
): Kind {
  const createPipeline = () => {
    throw new Error("a codec without inner codecs asks for a pipeline");
  };
  const context = { decoded, limits: defaultLimits, zarrFormat, createPipeline };
  return entry.create(configuration, context, entry.names[0]!) as Kind;
}

/** A chunk in C order. */
export function chunkOf(data: ChunkData, shape: readonly number[] = [data.length]): Chunk {
  return { data, shape, stride: cStrides(shape) };
}
