/** Below this a loop is faster than a call. */
const short = 32;

/** Copies the `length` bytes that lie `distance` before `at` to `at`. Where both overlap, the bytes between them repeat. */
export function copyMatch(output: Uint8Array, at: number, distance: number, length: number): void {
  if (length > short && distance >= length) output.copyWithin(at, at - distance, at - distance + length);
  else if (length > short && distance === 1) output.fill(output[at - 1], at, at + length);
  else for (let i = at, end = at + length; i < end; i++) output[i] = output[i - distance];
}

/** Copies `length` bytes from `from` of `input` to `at` of `output`. */
export function copyLiterals(input: Uint8Array, from: number, output: Uint8Array, at: number, length: number): void {
  if (length > short) output.set(input.subarray(from, from + length), at);
  else for (let i = 0; i < length; i++) output[at + i] = input[from + i];
}
