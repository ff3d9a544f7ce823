import { ZarrError } from "../errors.js";

/** Lists within lists, all of one depth and, at each depth, of one length. */
export type NestedList<Item> = readonly (Item | NestedList<Item>)[];

/** Values in C order with their shape. */
export interface ShapedList<Item> {
  /** The items, in C order. */
  readonly data: ArrayLike<Item>;
  /** Length of each dimension. */
  readonly shape: readonly number[];
}

/**
 * One item, nested lists or `{ data, shape }` as flat data with a shape.
 * @param what - names the value in messages
 * @throws ZarrError `ERR_SELECTION` - lists of different lengths or depths, or data that does not fill the shape
 */
export function shapedList(value: unknown, what: string): ShapedList<unknown> {
  if (isShaped(value)) {
    const { data, shape } = value;
    const elements = shape.reduce((product, length) => product * length, 1);
    if (data.length === elements) return value;
    const message = `${what} has ${data.length} values, but a shape of [${shape.join(", ")}]`;
    throw new ZarrError("ERR_SELECTION", message);
  }
  if (isTyped(value)) return { data: value, shape: [value.length] };
  const shape: number[] = [];
  for (let level = value; Array.isArray(level); level = level[0]) shape.push(level.length);
  const data: unknown[] = [];
  const flatten = (item: unknown, depth: number): void => {
    if (depth === shape.length && !Array.isArray(item)) data.push(item);
    else if (Array.isArray(item) && item.length === shape[depth]) for (const inner of item) flatten(inner, depth + 1);
    else throw new ZarrError("ERR_SELECTION", `${what} has lists of different lengths or depths`);
  };
  flatten(value, 0);
  return { data, shape };
}

function isShaped(value: unknown): value is ShapedList<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "data" in value &&
    "shape" in value &&
    Array.isArray(value.shape) &&
    value.shape.every((length) => Number.isSafeInteger(length) && length >= 0) &&
    (Array.isArray(value.data) || isTyped(value.data))
  );
}

function isTyped(value: unknown): value is ArrayLike<unknown> {
  return ArrayBuffer.isView(value) && "length" in value;
}
