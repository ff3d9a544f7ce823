export type { Json, JsonObject } from "./bytes/json.js";
export { defaultLimits, type Limits } from "./bytes/limits.js";
export type {
  ArrayToArrayCodec,
  ArrayToBytesCodec,
  BytesToBytesCodec,
  ChunkRepresentation,
  Codec,
  CodecConfiguration,
  CodecContext,
  CodecEntry,
} from "./codecs/codec.js";
export type { CodecMetadata } from "./codecs/pipeline.js";
export { type RegisterCodecOptions, registerCodec } from "./codecs/registry.js";
export type { ChunkData, DataType } from "./data-type/data-type.js";
export type { DataOf, DataTypeMap, DataTypeName, ScalarOf } from "./data-type/data-type-map.js";
export {
  isZarrError,
  ZarrError,
  type ZarrErrorCode,
  type ZarrErrorDetails,
  type ZarrErrorState,
} from "./errors.js";
export type { Chunk } from "./grid/chunk.js";
export { type Selection, type SelectionEntry, type Slice, slice } from "./grid/selection.js";
export type { Selected, Values, ZarrArray } from "./hierarchy/array.js";
export { type CreateArrayOptions, createArray } from "./hierarchy/create-array.js";
export { type CreateGroupOptions, createGroup, type ZarrGroup } from "./hierarchy/group.js";
export type { NodeDocuments } from "./hierarchy/load-node.js";
export type { NodeState } from "./hierarchy/node-state.js";
export { type OpenGroupOptions, type OpenOptions, open, openArray, openGroup } from "./hierarchy/open-node.js";
export type { Progress, ReadOptions } from "./hierarchy/read-selection.js";
export { type RestoreOptions, restore } from "./hierarchy/restore.js";
export type { WriteOptions } from "./hierarchy/write-selection.js";
export type { ArrayMetadata, GroupMetadata } from "./metadata/node-metadata.js";
export { MemoryStore } from "./store/memory-store.js";
export type { ByteRange, GetOptions, Store, StoreState } from "./store/store.js";
export { ZipStore } from "./store/zip-store.js";
export type { ZipStoreMode, ZipStoreOptions } from "./store/zip-store-options.js";
export type { ZipStoreState, ZipStoreView } from "./store/zip-store-state.js";
export { type ArchiveProblem, type ArchiveReport, verifyArchive } from "./zip/verify.js";
