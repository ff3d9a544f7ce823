import { ComplexType } from "../data-type/complex.js";
import type { DataType } from "../data-type/data-type.js";
import { StructType } from "../data-type/struct.js";
import type { Chunk } from "../grid/chunk.js";
import { product } from "../grid/strides.js";
import { formatMoment } from "./format-moment.js";
import { formatFloats } from "./format-numbers.js";

/** The number of elements up to which all are printed; larger regions are printed at their edges. */
const threshold = 1000;
const edge = 3;
const lineWidth = 75;

/**
 * A region as NumPy prints an array: aligned, in brackets, of a large one the edges.
 * @param all - whether every element is printed, whatever their number
 */
export function printValues({ data, shape }: Chunk, dataType: DataType, all: boolean): string {
  if (shape.includes(0)) return "[]";
  const isCut = !all && product(shape) > threshold;
  const kept = shape.map((length) => keptIndices(length, isCut));
  const shown = [...offsetsOf(kept, shape)];
  const texts = formatElements(
    shown.map((offset) => dataType.getScalar(data, offset * dataType.width)),
    dataType,
  );
  let next = 0;
  const draw = (d: number): string => {
    if (d === shape.length) return texts[next++]!;
    const indices = kept[d]!;
    const gap = isCut && indices.length < shape[d]!;
    const items = indices.map(() => draw(d + 1));
    if (gap) items.splice(edge, 0, "...");
    if (d < shape.length - 1) {
      const separator = `${"\n".repeat(shape.length - 1 - d)}${" ".repeat(d + 1)}`;
      return `[${items.join(separator)}]`;
    }
    return `[${wrap(items, d + 1)}]`;
  };
  return draw(0);
}

function keptIndices(length: number, isCut: boolean): number[] {
  const all = Array.from({ length: isCut && length > 2 * edge ? 2 * edge : length }, (_, i) => i);
  return all.length === length ? all : all.map((i) => (i < edge ? i : length - 2 * edge + i));
}

function* offsetsOf(
  kept: readonly (readonly number[])[],
  shape: readonly number[],
  d = 0,
  base = 0,
): Generator<number> {
  if (d === shape.length) return void (yield base);
  for (const index of kept[d]!) yield* offsetsOf(kept, shape, d + 1, base * shape[d]! + index);
}

/** Items in lines as long as fit. */
function wrap(items: readonly string[], indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const item of items) {
    const longer = line === "" ? item : `${line} ${item}`;
    // Room for the brackets that end this dimension, and each outer one.
    if (line !== "" && 2 * indent + longer.length > lineWidth) {
      lines.push(line);
      line = item;
    } else line = longer;
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
}

function alignRight(texts: readonly string[]): string[] {
  const width = texts.reduce((most, text) => Math.max(most, text.length), 0);
  return texts.map((text) => text.padStart(width));
}

/** Elements as text, numbers of equal length, with their points below each other. */
export function formatElements(values: readonly unknown[], dataType: DataType): string[] {
  if (dataType instanceof ComplexType) {
    const [real, imaginary] = [0, 1].map((part) => {
      const parts = values.map((value) => (value as readonly number[])[part]);
      return formatElements(parts, dataType.component);
    });
    const signed = imaginary!.map((text) => text.trimStart().replace(/^(?!-)/, "+"));
    return alignRight(signed).map((text, i) => `${real![i]}${text.replace(/ *$/, "j$&")}`);
  }
  const isFloat = values.every((value) => typeof value === "number") && /float/.test(dataType.name);
  if (isFloat) return alignRight(formatFloats(values as number[], rounding(dataType)));
  const texts = values.map((value) => formatMoment(value, dataType) ?? formatOne(value));
  return isTextual(dataType) ? texts : alignRight(texts);
}

/** Elements that nobody expects below each other. */
function isTextual(dataType: DataType): boolean {
  return (
    dataType instanceof StructType || dataType.objectCodec !== undefined || /length_utf32|bytes$/.test(dataType.name)
  );
}

/** Rounds to the nearest number of a data type. */
function rounding(dataType: DataType): (value: number) => number {
  const one = dataType.allocate(1);
  return (value) => {
    dataType.fill(one, value, 0, 1);
    return dataType.getScalar(dataType.fromBytes(dataType.toBytes(one)), 0) as number; // half precision may be wider in memory
  };
}

function formatOne(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return JSON.stringify(value);
  if (ArrayBuffer.isView(value)) return `0x${Array.from(value as Uint8Array, hexadecimal).join("")}`;
  if (Array.isArray(value)) return `(${value.map(formatOne).join(", ")})`;
  if (typeof value !== "object" || value === null) return String(value);
  const members = Object.entries(value).map(([name, member]) => `${name}: ${formatOne(member)}`);
  return `(${members.join(", ")})`;
}

function hexadecimal(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
