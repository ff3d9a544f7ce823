// The decoders of Blosc's inner formats that need neither WebAssembly nor zlib.
import type { BloscDecoder } from "../../src/codecs/kernels/blosc-decode.js";
import type { BloscFormat } from "../../src/codecs/kernels/blosc-header.js";
import { decodeBloscLz } from "../../src/codecs/kernels/blosclz.js";
import { decodeLz4 } from "../../src/codecs/kernels/lz4.js";
import { decodeSnappy } from "../../src/codecs/kernels/snappy.js";

const unexpected = () => {
  throw new Error("a chunk of zlib or zstd, in a test of neither");
};

export const bloscDecoders: Readonly<Record<BloscFormat, BloscDecoder>> = {
  blosclz: decodeBloscLz,
  lz4: decodeLz4,
  snappy: decodeSnappy,
  zlib: unexpected,
  zstd: unexpected,
};
