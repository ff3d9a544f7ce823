// What WebAssembly gives to src/codecs/kernels/wasm/: the inner loops of Blosc and LZ4. Addresses and lengths are in bytes; the caller
// lays out the memory from `memoryStart` on and leaves `slack` bytes behind each region.
export { bitShuffle, bitUnshuffle } from "./bit-shuffle";
export { decodeBlocks, encodeBlocks, setLayout } from "./blosc";
export { shuffle, unshuffle } from "./byte-shuffle";
export { decodeLz4 } from "./lz4-decode";
export { encodeLz4 } from "./lz4-encode";
export { slack } from "./slack";

export const memoryStart: usize = __heap_base;
