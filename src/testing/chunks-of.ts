import type { JsonObject } from "../bytes/json.js";
import type { ChunkRepresentation } from "../codecs/codec.js";
import { dataTypeFromJson } from "../data-type/registry.js";

/**
 * The chunks of a case of a codec's contract: chunks of `shape`, whose fill value is the data type's default.
 *
 * @param dataType - as in a v3 document: a name, or `{ name, configuration }`
 * @param shape - elements along each dimension
 * @throws ZarrError `ERR_DATA_TYPE` - no data type of this name is known
 * @example
 * ```js
 * import { chunksOf } from "zarrzip/testing";
 *
 * console.log(chunksOf("int16", [2, 3]).shape); // [ 2, 3 ]
 * ```
 */
export function chunksOf(dataType: string | JsonObject, shape: readonly number[]): ChunkRepresentation {
  const type = dataTypeFromJson(dataType);
  return { dataType: type, shape, fillValue: type.defaultFillValue };
}
