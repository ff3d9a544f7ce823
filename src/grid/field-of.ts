import type { DataType } from "../data-type/data-type.js";
import { StructType } from "../data-type/struct.js";
import { ZarrError } from "../errors.js";
import type { Chunk } from "./chunk.js";
import { toContiguous } from "./copy-region.js";
import { cStrides } from "./strides.js";

/**
 * One field of the structs that a read gave: `fieldOf(await array.get(), array.dataType, "height")`.
 *
 * @returns a copy in C order; a field that holds an array adds that array's dimensions at the end of the shape
 * @throws ZarrError `ERR_DATA_TYPE` - the data type is no struct
 * @throws ZarrError `ERR_ARGUMENT` - it has no field of this name
 * @example
 * ```js
 * import { createArray, fieldOf, MemoryStore } from "zarrzip";
 *
 * const dtype = { name: "struct", configuration: { fields: [["id", "uint8"], ["height", "float32"]] } };
 * const array = await createArray(new MemoryStore(), { shape: [2], dtype });
 * await array.set(null, [{ id: 3, height: 1.5 }, { id: 4, height: 2.5 }]);
 * console.log([...fieldOf(await array.get(), array.dataType, "height").data]); // [ 1.5, 2.5 ]
 * ```
 */
export function fieldOf(chunk: Chunk, dataType: DataType, name: string): Chunk {
  if (!(dataType instanceof StructType)) {
    const { name: found } = Object(dataType) as Partial<DataType>;
    const message = `elements of type ${found} have no fields: expected those of a struct`;
    throw new ZarrError("ERR_DATA_TYPE", message, { dataType: found });
  }
  const field = dataType.field(name);
  const data = dataType.valuesOf(field, toContiguous(chunk, dataType).data as Uint8Array);
  const shape = [...chunk.shape, ...field.shape];
  return { data, shape, stride: cStrides(shape) };
}
