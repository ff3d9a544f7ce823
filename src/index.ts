/**
 * Stores, arrays and groups: everything but the pool of workers. Errors are all {@link ZarrError}, whose `code` says what went wrong.
 * @module
 */
export { DirectoryStore, recover, repack, verifyArchive } from "#file";
export { BufferSource } from "./bytes/buffer-source.js";
export type { ByteRange, PieceRange } from "./bytes/byte-range.js";
export type { ByteReadOptions, ByteSource } from "./bytes/byte-source.js";
export type { GivenBytes } from "./bytes/given-source.js";
export type { RequestEvent } from "./bytes/http-file.js";
export type { HttpFetch, HttpOptions, HttpPreparation } from "./bytes/http-options.js";
export type { RequestCounters } from "./bytes/http-source.js";
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
  CodecMetadata,
} from "./codecs/codec.js";
export type { TornEntry } from "./commit/local-entries.js";
export type { RepackProgress, RepackResult } from "./commit/repack.js";
export type { SalvageResult } from "./commit/salvage.js";
export type { ArchiveProblem, ArchiveReport, VerifyArchiveOptions } from "./commit/verify.js";
export type { ChunkData, DataType } from "./data-type/data-type.js";
export type {
  DataOf,
  DataTypeMap,
  DataTypeName,
  DTypeName,
  DTypeOf,
  ScalarKind,
  ScalarOf,
} from "./data-type/data-type-map.js";
export type { DataTypeEntry } from "./data-type/family.js";
export { type FieldDefinition, type StructField, type StructScalar, StructType } from "./data-type/struct.js";
export { TimeType } from "./data-type/time.js";
export {
  isZarrError,
  ZarrError,
  type ZarrErrorCode,
  type ZarrErrorDetails,
  type ZarrErrorState,
} from "./errors.js";
export type { Chunk } from "./grid/chunk.js";
export type { DimensionChunks } from "./grid/chunk-runs.js";
export { fieldOf } from "./grid/field-of.js";
export type { OrthogonalEntry, OrthogonalSelection } from "./grid/index-list.js";
export type { NestedList, ShapedList } from "./grid/nested-list.js";
export type { CoordinateEntry, Mask } from "./grid/points.js";
export type { NamedSelection, Selection, SelectionEntry } from "./grid/selection.js";
export { type Slice, slice } from "./grid/slice.js";
export type { AppendedRange, AppendOptions } from "./hierarchy/append.js";
export { type AppendValues, type Selected, type Values, ZarrArray } from "./hierarchy/array.js";
export { type ConsolidateOptions, consolidateMetadata } from "./hierarchy/consolidate-metadata.js";
export { type ConvertOptions, convert } from "./hierarchy/convert.js";
export { type CopyOptions, type CopyPool, copy } from "./hierarchy/copy.js";
export {
  type CreateArrayOptions,
  createArray,
  type DynamicArrayOptions,
  type RequireArrayOptions,
  requireArray,
} from "./hierarchy/create-array.js";
export type { CreateGroupOptions, RequireGroupOptions } from "./hierarchy/create-group.js";
export {
  type CreateHierarchyOptions,
  createHierarchy,
  type DynamicHierarchyNode,
  type HierarchyNode,
} from "./hierarchy/create-hierarchy.js";
export { type Difference, type DiffOptions, diff } from "./hierarchy/diff.js";
export { type ExportZipOptions, exportZip } from "./hierarchy/export-zip.js";
export { formatLocation } from "./hierarchy/format-location.js";
export { createGroup, requireGroup, ZarrGroup } from "./hierarchy/group.js";
export type { NodeDocuments } from "./hierarchy/load-node.js";
export type { MembersOptions } from "./hierarchy/members.js";
export type { NodeState } from "./hierarchy/node-state.js";
export { type OpenGroupOptions, type OpenOptions, open, openArray, openGroup } from "./hierarchy/open-node.js";
export type { ReadManyOptions } from "./hierarchy/read-many.js";
export type { Progress, ReadOptions } from "./hierarchy/read-selection.js";
export { type References, type ReferencesOptions, references } from "./hierarchy/references.js";
export { type RestoreOptions, restore } from "./hierarchy/restore.js";
export { type ArraySummary, type SummarizeOptions, summarize } from "./hierarchy/summarize.js";
export type { UnreadableNode } from "./hierarchy/unreadable-node.js";
export { type NodeProblem, type NodeReport, type VerifyNodesOptions, verifyNodes } from "./hierarchy/verify-nodes.js";
export { type OzxFinding, type OzxRule, verifyOzx } from "./hierarchy/verify-ozx.js";
export type { WriteOptions } from "./hierarchy/write-selection.js";
export type { ChunkGridEntry } from "./metadata/any-chunk-grid.js";
export type { ChunkKeyEncoding, ChunkKeyEncodingEntry } from "./metadata/chunk-key-encoding.js";
export type { ArrayMetadata, GroupMetadata } from "./metadata/node-metadata.js";
export { type Extensions, type RegisterOptions, register } from "./metadata/register.js";
export type {
  DirectoryStoreMode,
  DirectoryStoreOptions,
  DirectoryStoreState,
} from "./store/directory/directory-store-options.js";
export { MemoryStore } from "./store/memory-store.js";
export type {
  GetOptions,
  HeldValue,
  Outcome,
  Store,
  StoreState,
  StoreValues,
  TransactionOptions,
} from "./store/store.js";
export type { StoreEntry } from "./store/store-kinds.js";
export { storedSizes } from "./store/stored-sizes.js";
export type { CommitEvent } from "./store/zip/commit-monitor.js";
export type { StoreCounters, ZipStoreStats } from "./store/zip/monitor.js";
export type { RemoteOptions, RemoteSettings } from "./store/zip/remote-options.js";
export type { RepackOptions } from "./store/zip/repack.js";
export type { ZipStage } from "./store/zip/stage.js";
export type { ZipInput } from "./store/zip/zip-input.js";
export { ZipStore } from "./store/zip/zip-store.js";
export type { ZipStoreMode, ZipStoreOptions } from "./store/zip/zip-store-options.js";
export type { ZipStoreState, ZipStoreView } from "./store/zip/zip-store-state.js";
export type { ArchiveEntry } from "./zip/archive-entry.js";
export type { ArchiveVersion } from "./zip/versions.js";
