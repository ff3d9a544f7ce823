import { checkOptions } from "../bytes/check-options.js";
import type { CodecEntry } from "../codecs/codec.js";
import { registerCodec } from "../codecs/registry.js";
import type { DataTypeEntry } from "../data-type/family.js";
import { registerDataType } from "../data-type/registry.js";
import { registerStore, type StoreEntry } from "../store/store-kinds.js";
import { type ChunkGridEntry, registerChunkGrid } from "./any-chunk-grid.js";
import { type ChunkKeyEncodingEntry, registerChunkKeyEncoding } from "./chunk-key-encoding.js";
import { setModule } from "./extension-modules.js";

/** Extensions for each extension point of the specification that arrays have, and for stores. */
export interface Extensions {
  /** A codec. */
  readonly codec?: CodecEntry;
  /** A data type. */
  readonly dataType?: DataTypeEntry;
  /** A chunk key encoding. */
  readonly chunkKeyEncoding?: ChunkKeyEncodingEntry;
  /** A chunk grid. */
  readonly chunkGrid?: ChunkGridEntry;
  /** A kind of store, for `restore`: the one thing here that no document names, but states do. */
  readonly store?: StoreEntry;
}

/** Options of {@link register}: the module of an extension. */
export interface RegisterOptions {
  /**
   * URL of the module whose import registers the extension: `import.meta.url` of the module that calls {@link register}. The
   * states of arrays and groups that use it name this module, so that a worker can import it. Without one it is known to this thread only.
   */
  readonly module?: string;
}

/**
 * Makes custom extensions known to this thread, under the names that metadata documents have for them.
 * @throws ZarrError `ERR_ARGUMENT` - a name is missing, or taken
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html#extension-points
 * @example
 * ```js
 * import { createArray, MemoryStore, register } from "zarrzip";
 *
 * const kind = "bytes-to-bytes";
 * const name = "example.invert";
 * const invert = (bytes) => bytes.map((byte) => byte ^ 255);
 * const create = () => ({ name, kind, maxEncodedSize: (size) => size, encode: invert, decode: invert });
 * register({ codec: { names: [name], kind, create } });
 * const store = new MemoryStore();
 * await createArray(store, { shape: [1], dtype: "uint8", compressors: name, data: [1] });
 * console.log(await store.get("c/0")); // Uint8Array(1) [ 254 ]
 * ```
 */
export function register(extensions: Extensions, options: RegisterOptions = {}): void {
  checkOptions(extensions, { codec: "any", dataType: "any", chunkKeyEncoding: "any", chunkGrid: "any", store: "any" });
  checkOptions(options, { module: "any" });
  const { codec, dataType, chunkKeyEncoding, chunkGrid, store } = extensions;
  if (codec !== undefined) registerCodec(codec);
  if (dataType !== undefined) registerDataType(dataType);
  if (chunkKeyEncoding !== undefined) registerChunkKeyEncoding(chunkKeyEncoding);
  if (chunkGrid !== undefined) registerChunkGrid(chunkGrid);
  if (store !== undefined) registerStore(store);
  if (options.module === undefined) return;
  const names = [...(codec?.names ?? []), dataType?.name, chunkKeyEncoding?.name, chunkGrid?.name, store?.kind];
  for (const name of names) if (name !== undefined) setModule(name, options.module);
}
