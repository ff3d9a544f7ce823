import { decodeBase64, encodeBase64 } from "../bytes/base64.js";
import { isBytes } from "../bytes/built-in.js";
import { type Endian, hostIsLittleEndian } from "../bytes/endian.js";
import { describe, isJsonObject, type Json } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { type ChunkData, type DataType, elementOf, exactScalar } from "./data-type.js";
import { checkItemSize } from "./length-bytes.js";
import { convertEach, TypedArrayType } from "./typed-array-type.js";

/** The definition of a field of a struct. */
export interface FieldDefinition {
  /** Name of the field. */
  readonly name: string;
  /** The field's data type, whose elements have one size. */
  readonly dataType: DataType;
  /** Lengths of the array that the field holds in each struct, in C order; `[]` if it holds one element. */
  readonly shape: readonly number[];
  /** Byte order of its stored elements where a v2 document names it; else that of the codec holds. */
  readonly endian: Endian | undefined;
}

/** A field of a struct. */
export interface StructField extends FieldDefinition {
  /** Distance from the struct's first byte. */
  readonly offset: number;
  /** Elements in each struct: the product of the shape. */
  readonly elements: number;
  /** Bytes in each struct. */
  readonly size: number;
}

/** A value per field; for a field with a shape the flat data. */
export type StructScalar = { readonly [field: string]: unknown };

/**
 * Records of named fields without gaps. In memory each field is little-endian on every machine, whatever its stored byte
 * order, so that `data` means the same wherever it goes.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/data-types/struct
 * @example
 * ```js
 * import { createArray, MemoryStore, StructType } from "zarrzip";
 *
 * const dtype = { name: "struct", configuration: { fields: [["id", "uint8"], ["height", "float32"]] } };
 * const array = await createArray(new MemoryStore(), { shape: [2], dtype });
 * await array.set([0], { id: 3, height: 1.5 });
 * console.log(array.dataType instanceof StructType, await array.get([0])); // true { id: 3, height: 1.5 }
 * ```
 */
export class StructType extends TypedArrayType<Uint8Array, StructScalar> {
  /** The fields, in the order in which they lie in an element. */
  readonly fields: readonly StructField[];
  /** Byte order of the first stored field that has one, which stands for the whole type. */
  readonly endian: Endian | undefined;
  /** Bytes of an element in memory. */
  override readonly width: number;
  readonly #swapSize: number;
  readonly #byName: ReadonlyMap<string, StructField>;
  /** True if fields are stored in different byte orders. */
  readonly #isMixed: boolean;

  /** @throws ZarrError `ERR_METADATA` - no field, two of one name, or one of varying length */
  constructor(definitions: readonly FieldDefinition[]) {
    super("struct", Uint8Array);
    let offset = 0;
    this.fields = definitions.map((definition) => {
      const elements = definition.shape.reduce((product, length) => product * length, 1);
      const size = elements * itemSizeOf(definition);
      const field = { ...definition, offset, elements, size };
      offset = checkItemSize(offset + size, "struct");
      return field;
    });
    this.#byName = new Map(this.fields.map((field) => [field.name, field]));
    if (this.fields.length === 0) {
      throw new ZarrError("ERR_METADATA", "data_type struct has no fields: expected at least one");
    }
    const twice = this.fields.find((field) => this.#byName.get(field.name) !== field);
    if (twice !== undefined) {
      const message = `data_type struct has two fields ${describe(twice.name)}: expected each name once`;
      throw new ZarrError("ERR_METADATA", message);
    }
    this.width = checkItemSize(offset, "struct");
    this.#swapSize = this.fields.reduce((largest, { dataType }) => Math.max(largest, dataType.swapSize), 1);
    const orders = storedOrders(this);
    this.endian = orders[0];
    this.#isMixed = orders.some((order) => order !== this.endian);
  }

  /** Bytes of an element as it is stored. */
  override get itemSize(): number {
    return this.width;
  }

  /** 1: fields are swapped one by one. */
  override get swapSize(): number {
    return this.#swapSize;
  }

  /** Each field at the default of its own type. */
  get defaultFillValue(): StructScalar {
    return this.getScalar(this.allocate(1), 0);
  }

  /**
   * The field of this name.
   * @throws ZarrError `ERR_ARGUMENT` - no field has this name
   */
  field(name: string): StructField {
    const field = this.#byName.get(name);
    if (field !== undefined) return field;
    const names = this.fields.map((known) => JSON.stringify(known.name)).join(", ");
    throw new ZarrError("ERR_ARGUMENT", `the struct has no field ${JSON.stringify(name)}: its fields are ${names}`);
  }

  /** The values of one field in all elements of `data`, copied. */
  valuesOf({ dataType, offset, size }: StructField, data: Uint8Array): ChunkData {
    const bytes = new Uint8Array((data.length / this.width) * size);
    for (let from = offset, to = 0; to < bytes.length; from += this.width, to += size) {
      bytes.set(data.subarray(from, from + size), to);
    }
    return fromLittleEndian(dataType, bytes);
  }

  /** The data type as in a v3 document. */
  override toJson(): Json {
    const fields = this.fields.map(({ name, dataType, shape }) => {
      if (shape.length === 0) return { name, data_type: dataType.toJson() };
      const message = `field ${JSON.stringify(name)} has the shape [${shape.join(", ")}]: Zarr format 3 has no such fields`;
      throw new ZarrError("ERR_DATA_TYPE", message, { dataType: this.name });
    });
    return { name: this.name, configuration: { fields } };
  }

  /** Memory for elements, all of them zero. */
  override allocate(elements: number, shared = false): Uint8Array {
    return super.allocate(elements * this.width, shared);
  }

  /**
   * The codec has brought the fields of the type's own byte order into the machine's, and those of the other order out of
   * it: what is little-endian then is left alone.
   */
  override fromBytes(bytes: Uint8Array): Uint8Array {
    if (bytes.length % this.width !== 0) {
      const message = `${bytes.length} bytes are not a whole number of struct elements of ${this.width} bytes`;
      throw new ZarrError("ERR_CODEC", message);
    }
    if (hostIsLittleEndian && !this.#isMixed) return bytes;
    const isOther = (order: Endian | undefined) => order !== undefined && order !== this.endian;
    return swapFields(this, bytes, (order) => isOther(order) === hostIsLittleEndian);
  }

  /** The bytes of elements as they are stored. */
  override toBytes(data: Uint8Array): Uint8Array {
    return this.fromBytes(data); // its own inverse
  }

  /** The bytes of elements in the other byte order of each field. */
  override swapBytes(bytes: Uint8Array): Uint8Array {
    return swapFields(this, bytes, () => true);
  }

  /** One element as an object by field. */
  getScalar(data: Uint8Array, index: number): StructScalar {
    const values = this.fields.map(({ name, dataType, offset, size, shape }) => {
      const start = index + offset;
      const value = fromLittleEndian(dataType, data.slice(start, start + size));
      return [name, shape.length === 0 ? dataType.getScalar(value, 0) : value];
    });
    return Object.fromEntries(values);
  }

  /** Writes one element to a range of them. */
  fill(data: Uint8Array, value: StructScalar | Uint8Array, start: number, end: number): void {
    this.repeat(data, this.#encode(value), start, end);
  }

  /** An object, or the bytes of one element. */
  override isScalar(value: unknown): boolean {
    if (isBytes(value)) return value.length === this.width;
    return !Array.isArray(value) && !ArrayBuffer.isView(value) && this.fields.every(({ name }) => hasOwn(value, name));
  }

  /** One element as it is kept, from an object by field or from its bytes. */
  checkScalar(value: unknown): StructScalar | Uint8Array {
    if (this.isElement(value)) return exactScalar(this, value);
    const names = this.fields.map(({ name }) => name);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
    const missing = names.find((name) => !hasOwn(value, name));
    const unknown = isObject ? Object.keys(value).find((name) => !this.#byName.has(name)) : undefined;
    if (!isObject || missing !== undefined || unknown !== undefined) {
      const reason =
        missing === undefined ? `has no field ${describe(unknown)}` : `needs the field ${describe(missing)}`;
      const found = isObject ? "the value" : `${describe(value)} is not a value of the struct, which`;
      throw new ZarrError("ERR_VALUE", `${found} ${reason}: expected an object with ${names.join(", ")}`);
    }
    const scalar = value as StructScalar;
    return Object.fromEntries(this.fields.map((field) => [field.name, checkField(field, scalar[field.name])]));
  }

  /** The bytes of all elements, or a list of objects. */
  checkValues(values: ArrayLike<unknown>): Uint8Array {
    if (isBytes(values)) {
      if (values.length % this.width === 0) return values;
      const message = `${values.length} bytes are not a whole number of struct elements of ${this.width} bytes`;
      throw new ZarrError("ERR_VALUE", message);
    }
    const data = this.allocate(values.length);
    convertEach(values.length, (i) => {
      data.set(this.#encode(this.checkScalar(values[i])), i * this.width);
    });
    return data;
  }

  /** A fill value, as in a document. */
  fillValueFromJson(json: Json, zarrFormat: 2 | 3, endian: Endian = "little"): StructScalar | Uint8Array {
    // Version 2 of zarr-python wrote a zero of any type as 0.
    if (zarrFormat === 2 && (json === null || json === 0)) return this.defaultFillValue;
    if (typeof json === "string") {
      const bytes = decodeBase64(json);
      if (bytes?.length === this.width) return exactScalar(this, this.fromBytes(this.#toMachine(bytes, endian)));
    } else if (isJsonObject(json) && Object.keys(json).length === this.fields.length) {
      const has = this.fields.every(({ name, shape }) => hasOwn(json, name) && shape.length === 0);
      if (has) {
        const values = this.fields.map(({ name, dataType }) => [name, dataType.fillValueFromJson(json[name], 3)]);
        return exactScalar(this, this.#encode(Object.fromEntries(values)));
      }
    }
    const expected = `a value for each of ${this.fields.map(({ name }) => name).join(", ")}, or ${this.width} bytes in base64`;
    throw new ZarrError("ERR_METADATA", `fill_value ${describe(json)}: the struct takes ${expected}`);
  }

  /** A fill value, as a document gets it. */
  fillValueToJson(value: StructScalar | Uint8Array, zarrFormat: 2 | 3, endian: Endian = "little"): Json {
    const element = this.#encode(value);
    if (zarrFormat === 2) return encodeBase64(this.#toMachine(this.toBytes(element), endian));
    const values = this.fields.map((field) => {
      const { name, dataType } = field;
      return [name, dataType.fillValueToJson(exactScalar(dataType, this.valuesOf(field, element)), 3)];
    });
    return Object.fromEntries(values);
  }

  /** Encoded elements of the byte order `endian` in that of the machine, or back. */
  #toMachine(bytes: Uint8Array, endian: Endian): Uint8Array {
    return (endian === "little") === hostIsLittleEndian ? bytes : this.swapBytes(bytes);
  }

  #encode(value: StructScalar | Uint8Array): Uint8Array {
    if (this.isElement(value)) return value;
    const element = this.allocate(1);
    for (const { name, dataType, shape, offset } of this.fields) {
      const data = shape.length === 0 ? elementOf(dataType, value[name]) : (value[name] as ChunkData);
      element.set(toLittleEndian(dataType, data), offset);
    }
    return element;
  }
}

function hasOwn(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name);
}

function itemSizeOf({ name, dataType: { itemSize, name: type } }: FieldDefinition): number {
  if (itemSize !== undefined) return itemSize;
  const message = `field ${JSON.stringify(name)} of data_type struct has elements of varying length, of type ${type}: expected a type of fixed size`;
  throw new ZarrError("ERR_METADATA", message);
}

function checkField({ name, dataType, shape, elements }: StructField, value: unknown): unknown {
  if (shape.length === 0) return dataType.checkScalar(value);
  const isList = typeof value === "object" && value !== null && "length" in value;
  const data = isList ? dataType.checkValues(value as ArrayLike<unknown>) : undefined;
  if (data !== undefined && data.length === elements * dataType.width) return data;
  const message = `${describe(value)} does not fit field ${JSON.stringify(name)}: expected ${elements} elements of ${dataType.name}`;
  throw new ZarrError("ERR_VALUE", message);
}

/** The byte orders that v2 names for the fields, and for those of structs within. */
function storedOrders({ fields }: StructType): Endian[] {
  return fields.flatMap(({ dataType, endian = [] }) =>
    dataType instanceof StructType ? storedOrders(dataType) : endian,
  );
}

/** A copy of encoded elements in which the fields of the chosen stored byte orders have the opposite one. */
function swapFields(type: StructType, bytes: Uint8Array, isChosen: (order: Endian | undefined) => boolean): Uint8Array {
  const swapped = new Uint8Array(bytes); // a Buffer's slice() would be a view
  for (let start = 0; start < bytes.length; start += type.width) swapElement(type, swapped, start, isChosen);
  return swapped;
}

function swapElement(
  { fields }: StructType,
  bytes: Uint8Array,
  start: number,
  isChosen: (order: Endian | undefined) => boolean,
): void {
  for (const { dataType, endian, offset, size } of fields) {
    const { swapSize } = dataType;
    const end = start + offset + size;
    if (swapSize === 1) continue;
    if (dataType instanceof StructType) {
      for (let at = start + offset; at < end; at += dataType.width) swapElement(dataType, bytes, at, isChosen);
    } else if (isChosen(endian)) {
      for (let at = start + offset; at < end; at += swapSize) bytes.subarray(at, at + swapSize).reverse();
    }
  }
}

/** Structs are little-endian in memory already; everything else has the machine's order. */
function fromLittleEndian(dataType: DataType, bytes: Uint8Array): ChunkData {
  if (dataType instanceof StructType) return bytes;
  return dataType.fromBytes(hostIsLittleEndian ? bytes : dataType.swapBytes(bytes));
}

function toLittleEndian(dataType: DataType, data: ChunkData): Uint8Array {
  if (dataType instanceof StructType) return data as Uint8Array;
  const bytes = dataType.toBytes(data);
  return hostIsLittleEndian ? bytes : dataType.swapBytes(bytes);
}
