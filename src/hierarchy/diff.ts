import { checkOptions } from "../bytes/check-options.js";
import { type Json, stringifyJson } from "../bytes/json.js";
import type { ChunkData, DataType } from "../data-type/data-type.js";
import { ZarrError } from "../errors.js";
import { cStrides } from "../grid/strides.js";
import { ZarrArray } from "./array.js";
import { partsOf } from "./array-parts.js";
import { ZarrGroup } from "./group.js";
import { nodesWithin } from "./nodes-within.js";
import { readWhole } from "./read-whole.js";
import { UnreadableNode } from "./unreadable-node.js";

/** Options of {@link diff}. */
export interface DiffOptions {
  /** True if values are read and compared. Default true. */
  readonly data?: boolean;
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Something in which two nodes differ. */
export interface Difference {
  /** Path of the node, relative to the nodes that are compared; empty for these themselves. */
  readonly path: string;
  /** The aspect that differs; `"node"` where one of them has no such node, or one of another kind. */
  readonly what: "node" | "dtype" | "shape" | "fillValue" | "dimensionNames" | "attributes" | "values";
  /** The value on each side. */
  readonly message: string;
}

/**
 * The differences between two arrays, or two groups with everything below them, for whoever reads them: nodes, types, shapes, names, attributes and values, bit by
 * bit. How they are stored, by chunks, codecs and format, does not matter. About 64 MiB of each array are in memory at a time.
 *
 * @returns no difference for equal nodes; only the first values that differ
 * @throws ZarrError `ERR_ARGUMENT` - no array or group; as `get()`, where values cannot be read
 * @example
 * ```js
 * import { createArray, diff, MemoryStore } from "zarrzip";
 *
 * const options = { shape: [3], dtype: "int8" };
 * const a = await createArray(new MemoryStore(), { ...options, chunks: [1], data: [1, 2, 3] });
 * const b = await createArray(new MemoryStore(), { ...options, chunks: [3], data: [1, 2, 4] });
 * console.log((await diff(a, b)).length, (await diff(a, a)).length); // 1 0
 * ```
 */
export async function diff(
  a: ZarrArray | ZarrGroup,
  b: ZarrArray | ZarrGroup,
  options: DiffOptions = {},
): Promise<Difference[]> {
  for (const node of [a, b]) {
    if (node instanceof ZarrArray || node instanceof ZarrGroup) continue;
    throw new ZarrError("ERR_ARGUMENT", "expected two arrays or groups to compare: open them first");
  }
  checkOptions(options, { data: "boolean", signal: "signal" });
  const [left, right] = [await nodesWithin(a), await nodesWithin(b)];
  const found: Difference[] = [];
  for (const path of [...new Set([...left.keys(), ...right.keys()])].sort()) {
    options.signal?.throwIfAborted();
    const [one, other] = [left.get(path), right.get(path)];
    const [kind, otherKind] = [one, other].map((node) => (node === undefined ? "nothing" : node.kind));
    if (one === undefined || other === undefined || kind !== otherKind) {
      found.push({ path, what: "node", message: `${kind} here, ${otherKind} there` });
    } else if (one instanceof UnreadableNode || other instanceof UnreadableNode) {
      throw (one as UnreadableNode).error;
    } else {
      found.push(...described(path, one, other));
      if (one instanceof ZarrArray && other instanceof ZarrArray && options.data !== false) {
        found.push(...(await valueDifferences(path, one, other, options.signal)));
      }
    }
  }
  return found;
}

/** Differences of metadata that readers see. */
function described(path: string, one: ZarrArray | ZarrGroup, other: ZarrArray | ZarrGroup): Difference[] {
  const facts = (node: ZarrArray | ZarrGroup) => ({
    ...(node instanceof ZarrArray
      ? {
          dtype: node.dtype,
          shape: stringifyJson(node.shape),
          fillValue: stringifyJson(node.dataType.fillValueToJson(node.metadata.fillValue, 3)),
          dimensionNames: stringifyJson(node.dimensionNames ?? null),
        }
      : {}),
    attributes: stringifyJson(sorted(node.attributes)),
  });
  const [here, there] = [facts(one), facts(other)] as Record<Exclude<Difference["what"], "node" | "values">, string>[];
  return (Object.keys(here!) as (keyof typeof here)[])
    .filter((what) => here![what] !== there![what])
    .map((what) => ({ path, what, message: `${here![what]} here, ${there![what]} there` }));
}

/** JSON whose members are in the order of their names. */
function sorted(json: Json): Json {
  if (Array.isArray(json)) return json.map(sorted);
  if (typeof json !== "object" || json === null) return json;
  const members = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}

/** The first element that differs, where type and shape are the same. */
async function valueDifferences(
  path: string,
  one: ZarrArray,
  other: ZarrArray,
  signal: AbortSignal | undefined,
): Promise<Difference[]> {
  if (one.dtype !== other.dtype || stringifyJson(one.shape) !== stringifyJson(other.shape)) return [];
  const { dataType } = one;
  for (const part of partsOf(one)) {
    const { data: a, shape } = await readWhole(one, part, signal);
    const { data: b } = await readWhole(other, part, signal);
    if (dataType.holdsSame(a, b)) continue;
    const at = firstDifference(a, b, dataType);
    const stride = cStrides(shape);
    const index = part.map(({ start }, d) => (start ?? 0) + (Math.floor(at / stride[d]) % shape[d]));
    const [x, y] = [a, b].map((data) => textOf(dataType.getScalar(data, at * dataType.width)));
    return [{ path, what: "values", message: `[${index.join(", ")}] is ${x} here, ${y} there` }];
  }
  return [];
}

/** Number of the first element that differs, found by halves. */
function firstDifference(a: ChunkData, b: ChunkData, dataType: DataType): number {
  const { width } = dataType;
  const isSame = (start: number, end: number) =>
    dataType.holdsSame(
      a.slice(start * width, end * width) as ChunkData,
      b.slice(start * width, end * width) as ChunkData,
    );
  let [start, end] = [0, a.length / width];
  while (end - start > 1) {
    const middle = Math.floor((start + end) / 2);
    if (isSame(start, middle)) start = middle;
    else end = middle;
  }
  return start;
}

function textOf(value: unknown): string {
  return typeof value === "string"
    ? JSON.stringify(value)
    : Array.isArray(value)
      ? `[${value.join(", ")}]`
      : String(value);
}
