import type { JsonObject } from "../bytes/json.js";
import type { CodecMetadata } from "../codecs/codec.js";
import type { DataType } from "../data-type/data-type.js";
import type { DimensionGrid } from "../grid/chunk-grid.js";
import type { ChunkKeyEncoding } from "./chunk-key-encoding.js";
import type { ConsolidatedMetadata } from "./consolidated.js";
import type { NodeAttributes } from "./document.js";

/** The metadata of an array; the same form for both Zarr formats. */
export interface ArrayMetadata extends NodeAttributes {
  /** Tells it from the metadata of a group. */
  readonly nodeType: "array";
  /** Format of the document. */
  readonly zarrFormat: 2 | 3;
  /** Length of each dimension. */
  readonly shape: readonly number[];
  /** Shape of every chunk, those at the array's end included; on a rectilinear grid the largest length of each dimension. */
  readonly chunkShape: readonly number[];
  /** The chunks along each dimension; on a regular grid the chunk shape. */
  readonly chunkGrid: readonly DimensionGrid[];
  /** The data type of the elements. */
  readonly dataType: DataType;
  /** As `exactScalar()` gives it; the data type's default where a v2 document has `null`. */
  readonly fillValue: unknown;
  /** In the order of encoding. For a v2 document: its order, filters, byte order and compressor. */
  readonly codecs: readonly CodecMetadata[];
  /** From chunk coordinates to keys, and back. */
  readonly chunkKeyEncoding: ChunkKeyEncoding;
  /** One name, or `null`, per dimension; `undefined` where the document, or in v2 the attribute `_ARRAY_DIMENSIONS`, names none. */
  readonly dimensionNames: readonly (string | null)[] | undefined;
  /** The document itself, `zarr.json` or `.zarray`, with everything that it holds, so that nothing is lost on writing. */
  readonly document: JsonObject;
}

/** The metadata of a group; the same form for both Zarr formats. */
export interface GroupMetadata extends NodeAttributes {
  /** Tells it from the metadata of an array. */
  readonly nodeType: "group";
  /** Format of the document. */
  readonly zarrFormat: 2 | 3;
  /** Metadata of the nodes below, where `zarr.json` has it inline. */
  readonly consolidated: ConsolidatedMetadata<NodeMetadata> | undefined;
  /** The document itself, `zarr.json` or `.zgroup`. */
  readonly document: JsonObject;
}

/** The metadata of an array or a group; `nodeType` tells them apart. */
export type NodeMetadata = ArrayMetadata | GroupMetadata;
