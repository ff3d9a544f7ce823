import type { Json } from "../bytes/json.js";
import type { DataType } from "../data-type/data-type.js";
import { dataTypeToV2 } from "../data-type/registry.js";
import { ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";

/** `\x93NUMPY`, version 1.0 */
const magic = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0);

/** Bytes to which the header is filled up. */
const alignment = 64;

/**
 * A region in C order as the file that NumPy's `save` writes.
 * @throws ZarrError `ERR_UNSUPPORTED` - NumPy has no such data type without pickling
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function formatNpy({ data, shape }: Chunk, dataType: DataType): readonly Uint8Array[] {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': ${pythonOf(descriptionOf(dataType))}, 'fortran_order': False, 'shape': ${tuple}, }`;
  const fixed = magic.length + 2;
  const length = Math.ceil((fixed + text.length + 1) / alignment) * alignment - fixed;
  const header = new TextEncoder().encode(`${text.padEnd(length - 1)}\n`);
  return [magic, Uint8Array.of(length & 0xff, length >> 8), header, dataType.toBytes(data)];
}

function descriptionOf(dataType: DataType): Json {
  const description = dataType.objectCodec === undefined ? dataTypeToV2(dataType) : undefined;
  const isNumpys = Array.isArray(description) || /^[<>|]/.test(String(description));
  if (description !== undefined && isNumpys) return description;
  const message = `an .npy file cannot hold the data type ${dataType.name}: save it as .json or .csv`;
  throw new ZarrError("ERR_UNSUPPORTED", message);
}

/** JSON as Python writes it, the fields of a struct as tuples. */
function pythonOf(json: Json, depth = 0): string {
  if (!Array.isArray(json)) return typeof json === "string" ? `'${json}'` : String(json);
  const items = json.map((item) => pythonOf(item, depth + 1)).join(", ");
  return depth % 2 === 0 ? `[${items}]` : `(${items})`;
}
