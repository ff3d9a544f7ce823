import { hostIsLittleEndian } from "../../bytes/endian.js";

/**
 * Byte shuffle: first byte 0 of every item, then byte 1 of every item, and so on. Bytes behind the last whole item stay.
 * `output` is as long as `input` and does not overlap it.
 */
export function shuffle(input: Uint8Array, output: Uint8Array, itemSize: number): void {
  const items = Math.floor(input.length / itemSize);
  for (let byte = 0; byte < itemSize; byte++) {
    const plane = byte * items;
    for (let i = 0, from = byte; i < items; i++, from += itemSize) output[plane + i] = input[from];
  }
  output.set(input.subarray(items * itemSize), items * itemSize);
}

/** Undoes {@link shuffle}. */
export function unshuffle(input: Uint8Array, output: Uint8Array, itemSize: number): void {
  const items = Math.floor(input.length / itemSize);
  if (hostIsLittleEndian && itemSize % 4 === 0 && output.byteOffset % 4 === 0) {
    unshuffleWords(input, output, items, itemSize / 4);
  } else {
    for (let byte = 0; byte < itemSize; byte++) {
      const plane = byte * items;
      for (let i = 0, to = byte; i < items; i++, to += itemSize) output[to] = input[plane + i];
    }
  }
  output.set(input.subarray(items * itemSize), items * itemSize);
}

/** Four planes at a time: one store instead of four. */
function unshuffleWords(input: Uint8Array, output: Uint8Array, items: number, wordsPerItem: number): void {
  const words = new Uint32Array(output.buffer, output.byteOffset, items * wordsPerItem);
  for (let word = 0; word < wordsPerItem; word++) {
    const p0 = word * 4 * items;
    const p1 = p0 + items;
    const p2 = p1 + items;
    const p3 = p2 + items;
    for (let i = 0, to = word; i < items; i++, to += wordsPerItem) {
      words[to] = input[p0 + i] | (input[p1 + i] << 8) | (input[p2 + i] << 16) | (input[p3 + i] << 24);
    }
  }
}

/**
 * Bit shuffle: first bit 0 of byte 0 of every item, eight items to a byte, then bit 1, and so on. As c-blosc's format 2 has it,
 * input whose number of items is no multiple of eight stays as it is, and so do bytes behind the last whole item.
 */
export function bitShuffle(input: Uint8Array, output: Uint8Array, itemSize: number): void {
  const groups = wholeGroups(input.length, itemSize);
  for (let byte = 0; byte < itemSize; byte++) {
    const plane = byte * 8 * groups;
    for (let group = 0; group < groups; group++) {
      const from = group * 8 * itemSize + byte;
      const low = gather(input, from, itemSize);
      const high = gather(input, from + 4 * itemSize, itemSize);
      scatter(output, plane + group, groups, low, high);
    }
  }
  output.set(input.subarray(groups * 8 * itemSize), groups * 8 * itemSize);
}

/** Undoes {@link bitShuffle}. */
export function bitUnshuffle(input: Uint8Array, output: Uint8Array, itemSize: number): void {
  const groups = wholeGroups(input.length, itemSize);
  for (let byte = 0; byte < itemSize; byte++) {
    const plane = byte * 8 * groups;
    for (let group = 0; group < groups; group++) {
      const low = gather(input, plane + group, groups);
      const high = gather(input, plane + group + 4 * groups, groups);
      scatter(output, group * 8 * itemSize + byte, itemSize, low, high);
    }
  }
  output.set(input.subarray(groups * 8 * itemSize), groups * 8 * itemSize);
}

function wholeGroups(length: number, itemSize: number): number {
  const items = Math.floor(length / itemSize);
  return items % 8 === 0 ? items / 8 : 0;
}

/** Four bytes, `step` apart, as one word. */
function gather(bytes: Uint8Array, i: number, step: number): number {
  return bytes[i] | (bytes[i + step] << 8) | (bytes[i + 2 * step] << 16) | (bytes[i + 3 * step] << 24);
}

/** Transposes the 8 x 8 bits of two words (rows 0-3, rows 4-7) and stores the eight rows `step` apart. */
function scatter(bytes: Uint8Array, i: number, step: number, low: number, high: number): void {
  // Swap ever larger squares across the diagonal: single bits, 2 x 2, 4 x 4.
  let t = (low ^ (low >>> 7)) & 0x00aa00aa;
  low ^= t ^ (t << 7);
  t = (high ^ (high >>> 7)) & 0x00aa00aa;
  high ^= t ^ (t << 7);
  t = (low ^ (low >>> 14)) & 0x0000cccc;
  low ^= t ^ (t << 14);
  t = (high ^ (high >>> 14)) & 0x0000cccc;
  high ^= t ^ (t << 14);
  const first = (low & 0x0f0f0f0f) | ((high & 0x0f0f0f0f) << 4);
  const second = ((low >>> 4) & 0x0f0f0f0f) | (high & 0xf0f0f0f0);
  bytes[i] = first;
  bytes[i + step] = first >>> 8;
  bytes[i + 2 * step] = first >>> 16;
  bytes[i + 3 * step] = first >>> 24;
  bytes[i + 4 * step] = second;
  bytes[i + 5 * step] = second >>> 8;
  bytes[i + 6 * step] = second >>> 16;
  bytes[i + 7 * step] = second >>> 24;
}
