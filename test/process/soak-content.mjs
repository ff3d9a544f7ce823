// What the soak's writers put into their file, how anybody tells whether a value is one of theirs, and what a whole version says.
//
// A writer has a slot and numbers its actions. Everything that it writes is computed from slot and number, so that a reader needs
// nothing else to check it.
import { createArray, createGroup, openArray, openGroup, ZipStore } from "../../dist/index.js";

export const ownKeys = 4;
export const halfLength = 16;
export const counters = ["transaction", "exchange"];

/** Bytes before the content of a value: slot, key, number, length of the content. */
const headerBytes = 16;
const largestContent = 9000;

export async function createFile(path, slots) {
  const store = await ZipStore.open(path, { mode: "w-" });
  await createGroup(store);
  const rows = { path: "rows", shape: [0, 4], chunks: [64, 4], dtype: "int32", fillValue: -1 };
  await createArray(store, { ...rows, compressors: null }); // so that one writer commits for others, too
  const halves = { path: "halves", shape: [slots * halfLength], chunks: [2 * halfLength], dtype: "int32" };
  await createArray(store, halves);
  for (let slot = 0; slot < slots; slot++) {
    await createArray(store, { path: `sized/${slot}`, shape: [1], chunks: [16], dtype: "int32" });
  }
  const nothing = formatCounter(new Array(slots).fill(0));
  for (const name of counters) await store.set(counterKey(name), nothing);
  await store.close();
}

export function ownKey(slot, key) {
  return `own/${slot}/${key}`;
}

export function ownValue(slot, key, number) {
  const length = (number * 7919 + slot * 131 + key * 17) % largestContent;
  const value = new Uint8Array(headerBytes + length);
  new Uint32Array(value.buffer, 0, 4).set([slot, key, number, length]);
  for (let i = 0; i < length; i++) value[headerBytes + i] = (number + slot * 31 + key * 13 + i * 7) & 255;
  return value;
}

/** The number of the action that wrote a value; 0 if there is none. */
export function numberOfOwn(slot, key, value) {
  if (value === undefined) return 0;
  const number = value.length < headerBytes ? 0 : new DataView(value.buffer, value.byteOffset).getUint32(8, true);
  demand(Buffer.compare(value, ownValue(slot, key, number)) === 0, `${ownKey(slot, key)} has bytes that nobody wrote`);
  return number;
}

export function counterKey(name) {
  return `counter/${name}`;
}

/** @param counts - per slot how often it has counted */
export function formatCounter(counts) {
  return new TextEncoder().encode(JSON.stringify({ total: sum(counts), counts }));
}

export function parseCounter(name, value) {
  const { total, counts } = JSON.parse(new TextDecoder().decode(value));
  demand(total === sum(counts), `the counter ${name} is ${total}, but ${counts.join(" + ")} were counted`);
  return counts;
}

/** What one action appends: rows of slot, number, place, count. */
export function rowsOf(slot, number, count) {
  return Int32Array.from({ length: 4 * count }, (_, i) => [slot, number, i >> 2, count][i & 3]);
}

/** What was appended, as `data` of an array's rows from `start` on has it. */
export function batchesOf(data, start) {
  const batches = [];
  for (let at = 0; at < data.length; ) {
    const [slot, number, , count] = data.subarray(at, at + 4);
    const found = data.subarray(at, at + 4 * count);
    const row = start + at / 4;
    const isWhole = count > 0 && Buffer.compare(bytesOf(found), bytesOf(rowsOf(slot, number, count))) === 0;
    demand(isWhole, `the rows from ${row} on are no whole append: ${data.subarray(at, at + 8).join()}`);
    batches.push({ slot, number, start: row, end: row + count });
    at += 4 * count;
  }
  return batches;
}

export function numbersOfHalves(data) {
  return Array.from({ length: data.length / halfLength }, (_, slot) => {
    const half = data.subarray(slot * halfLength, (slot + 1) * halfLength);
    demand(
      half.every((value) => value === half[0]),
      `half ${slot} of the shared chunks is torn: ${half.join()}`,
    );
    return half[0];
  });
}

export function attributeName(slot) {
  return `slot${slot}`;
}

export function sizedLength(number) {
  return 1 + (number % 40);
}

/** All that a version has, checked: per slot the numbers of the actions that wrote each thing last. `store` must not move. */
export async function readVersion(store, slots) {
  const { attributes } = await openGroup(store);
  const { data: halves } = await (await openArray(store, { path: "halves" })).get();
  const { data: rows } = await (await openArray(store, { path: "rows" })).get();
  const halfNumbers = numbersOfHalves(halves);
  const last = [];
  for (let slot = 0; slot < slots; slot++) {
    const things = { half: halfNumbers[slot], attribute: attributes[attributeName(slot)] ?? 0 };
    for (let key = 0; key < ownKeys; key++) {
      things[`own${key}`] = numberOfOwn(slot, key, await store.get(ownKey(slot, key)));
    }
    const { data } = await (await openArray(store, { path: `sized/${slot}` })).get();
    const isWhole = data.every((value) => value === data[0]) && data.length === sizedLength(data[0]);
    demand(isWhole, `sized/${slot} has length ${data.length} and the values ${data.join()}`);
    last.push({ ...things, sized: data[0] });
  }
  const counts = {};
  for (const name of counters) counts[name] = parseCounter(name, await store.get(counterKey(name)));
  return { last, counts, batches: batchesOf(rows, 0) };
}

export function demand(isSo, problem) {
  if (!isSo) throw new Error(problem);
}

function sum(numbers) {
  return numbers.reduce((a, b) => a + b, 0);
}

function bytesOf({ buffer, byteOffset, byteLength }) {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
