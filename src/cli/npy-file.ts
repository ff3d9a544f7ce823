import type { Json } from "../bytes/json.js";
import { parseJson } from "../bytes/parse-json.js";
import type { DataType } from "../data-type/data-type.js";
import { dataTypeFromV2, dataTypeToV2 } from "../data-type/registry.js";
import { ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { product } from "../grid/strides.js";

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

/** An array in a file. */
export interface NpyFile {
  readonly dataType: DataType;
  readonly shape: readonly number[];
  /** In C order. */
  readonly data: Chunk["data"];
}

/**
 * Reads an array that NumPy has saved.
 * @throws ZarrError `ERR_ARGUMENT` - it is no such file, or not whole; `ERR_UNSUPPORTED` - in Fortran order, pickled, or of structs
 */
export function parseNpy(bytes: Uint8Array, name: string): NpyFile {
  const fail = (found: string): never => {
    throw new ZarrError("ERR_ARGUMENT", `${name} is not a file of numpy.save: ${found}`, { file: name });
  };
  if (magic.subarray(0, 6).some((byte, i) => bytes[i] !== byte)) fail("it does not begin with \\x93NUMPY");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLong = bytes[6]! > 1;
  const start = isLong ? 12 : 10;
  const end = start + (isLong ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder().decode(bytes.subarray(start, end));
  const [, descr] = /'descr':\s*('[^']*'|\[.*\])\s*,/s.exec(header) ?? fail("its header names no data type");
  const [, order] = /'fortran_order':\s*(True|False)/.exec(header) ?? fail("its header names no order");
  const [, tuple] = /'shape':\s*\(([^)]*)\)/.exec(header) ?? fail("its header names no shape");
  if (order === "True" || descr!.startsWith("[") || descr === "'|O'") {
    const message = `${name} has ${order === "True" ? "Fortran order" : `the data type ${descr}`}: save numpy.ascontiguousarray() of plain numbers or text`;
    throw new ZarrError("ERR_UNSUPPORTED", message, { file: name });
  }
  const { dataType, endian } = dataTypeFromV2(
    parseJson(new TextEncoder().encode(descr!.replaceAll("'", '"')), { maxDepth: 2 }),
  );
  const shape = tuple!
    .split(",")
    .filter((length) => length.trim() !== "")
    .map(Number);
  const payload = bytes.slice(end); // aligned anew
  const expected = product(shape) * (dataType.itemSize ?? 0);
  if (payload.length !== expected) fail(`it has ${payload.length} bytes of values, expected ${expected}`);
  return { dataType, shape, data: dataType.fromBytes(endian === "big" ? dataType.swapBytes(payload) : payload) };
}
