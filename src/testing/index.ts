/**
 * The contracts of stores and codecs, as tests for the runner that you use.
 * @module
 */
export { chunksOf } from "./chunks-of.js";
export {
  type ArrayCodecCase,
  type ArrayToBytesCase,
  type BytesCodecCase,
  type TestFunctions,
  testArrayCodec,
  testArrayToBytesCodec,
  testBytesCodec,
} from "./codec-contract.js";
export { type StoreContract, testStore } from "./store-contract.js";
