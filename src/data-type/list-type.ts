import type { Json } from "../bytes/json.js";
import type { DataType } from "./data-type.js";
import { convertEach } from "./typed-array-type.js";

/** A data type whose elements are the entries of a plain array: strings, byte strings, objects. */
export abstract class ListType<Entry> implements DataType<Entry[], Entry> {
  readonly name: string;
  readonly width = 1;
  abstract readonly itemSize: number | undefined;
  abstract readonly swapSize: number;
  abstract readonly objectCodec: string | undefined;
  abstract readonly defaultFillValue: Entry;

  constructor(name: string) {
    this.name = name;
  }

  toJson(): Json {
    return this.name;
  }

  allocate(elements: number): Entry[] {
    return new Array<Entry>(elements).fill(this.defaultFillValue);
  }

  abstract fromBytes(bytes: Uint8Array): Entry[];
  abstract toBytes(data: Entry[]): Uint8Array;
  abstract swapBytes(bytes: Uint8Array): Uint8Array;

  getScalar(data: Entry[], index: number): Entry {
    return data[index];
  }

  fill(data: Entry[], value: Entry, start: number, end: number): void {
    data.fill(value, start, end);
  }

  holdsSame(a: Entry[], b: Entry[]): boolean {
    return a.length === b.length && a.every((entry, i) => this.isSame(entry, b[i]));
  }

  isScalar(value: unknown): boolean {
    return typeof value !== "object" || value === null;
  }

  /** The same list, if it is one and every entry has its canonical form. */
  checkValues(values: ArrayLike<unknown>): Entry[] {
    const data = new Array<Entry>(values.length);
    let isCanonical = Array.isArray(values);
    convertEach(values.length, (i) => {
      data[i] = this.checkScalar(values[i]);
      isCanonical &&= data[i] === values[i];
    });
    return isCanonical ? (values as unknown as Entry[]) : data;
  }

  protected isSame(a: Entry, b: Entry): boolean {
    return a === b;
  }

  abstract checkScalar(value: unknown): Entry;
  abstract fillValueFromJson(json: Json, zarrFormat: 2 | 3): Entry;
  abstract fillValueToJson(value: Entry, zarrFormat: 2 | 3): Json;
}
