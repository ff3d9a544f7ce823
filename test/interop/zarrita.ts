// Reads arrays with zarrita, from a store of its own, or from entries that another unzipper unpacked.
import * as zarr from "zarrita";
import { collect, digest, type TestDataType } from "./values.js";

/** Shape of an array and digest of its values, as the Python bridge answers. */
export async function readWithZarrita(
  store: zarr.AsyncReadable,
  { path, zarrFormat, dtype }: { path: string; zarrFormat: 2 | 3; dtype: TestDataType },
): Promise<{ shape: number[]; sha256: string }> {
  const location = zarr.root(store).resolve(path);
  const array = await (zarrFormat === 2 ? zarr.open.v2 : zarr.open.v3)(location, { kind: "array" });
  const read: unknown = await zarr.get(array);
  const elements = array.shape.length === 0 ? [read] : inCOrder(read as StridedElements);
  return { shape: array.shape, sha256: digest(dtype, collect(dtype, elements.flatMap(entriesOf))) };
}

interface StridedElements {
  readonly data: Iterable<unknown>;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** zarrita hands the elements of a transposed chunk over in the order of the file. */
function inCOrder({ data, shape, stride }: StridedElements): unknown[] {
  const elements = [...data];
  const walk = (dimension: number, offset: number): unknown[] =>
    dimension === shape.length
      ? [elements[offset]]
      : Array.from({ length: shape[dimension]! }, (_, i) =>
          walk(dimension + 1, offset + i * stride[dimension]!),
        ).flat();
  return walk(0, 0);
}

function entriesOf(element: unknown): (number | bigint | string)[] {
  if (typeof element === "boolean") return [Number(element)];
  if (typeof element !== "object") return [element as number | bigint | string];
  const { re, im } = element as { re: number; im: number };
  return [re, im];
}

/** A store of unpacked entries. */
export class EntryStore implements zarr.AsyncReadable {
  readonly #entries: Record<string, Uint8Array>;

  constructor(entries: Record<string, Uint8Array>) {
    this.#entries = entries;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#entries[key.slice(1)];
  }

  async getRange(
    key: string,
    range: { offset: number; length: number } | { suffixLength: number },
  ): Promise<Uint8Array | undefined> {
    const value = await this.get(key);
    if ("suffixLength" in range) return value?.subarray(-range.suffixLength);
    return value?.subarray(range.offset, range.offset + range.length);
  }
}
