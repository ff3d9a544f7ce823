import * as fallback from "../shuffle.js";
import { withKernels } from "./instance.js";

/** Below this the copies into WebAssembly's memory and back take longer than what they save. */
const minLength = 1024;

type Shuffle = typeof fallback.shuffle;

/** As in `kernels/shuffle.ts`: the same, faster. */
export const shuffle: Shuffle = (input, output, itemSize) => {
  if (!convert("shuffle", input, output, itemSize)) fallback.shuffle(input, output, itemSize);
};

/** Undoes {@link shuffle}. */
export const unshuffle: Shuffle = (input, output, itemSize) => {
  if (!convert("unshuffle", input, output, itemSize)) fallback.unshuffle(input, output, itemSize);
};

/** As in `kernels/shuffle.ts`: the same, faster. */
export const bitShuffle: Shuffle = (input, output, itemSize) => {
  if (!convert("bitShuffle", input, output, itemSize)) fallback.bitShuffle(input, output, itemSize);
};

/** Undoes {@link bitShuffle}. */
export const bitUnshuffle: Shuffle = (input, output, itemSize) => {
  if (!convert("bitUnshuffle", input, output, itemSize)) fallback.bitUnshuffle(input, output, itemSize);
};

/** True if it was done. */
function convert(
  name: "shuffle" | "unshuffle" | "bitShuffle" | "bitUnshuffle",
  input: Uint8Array,
  output: Uint8Array,
  itemSize: number,
): boolean {
  const { length } = input;
  if (length < minLength) return false;
  const done = withKernels([length, length, length], (kernels, memory, [from, to, scratch]) => {
    memory.set(input, from);
    kernels[name](from, to, length, itemSize, scratch);
    output.set(memory.subarray(to, to + length));
    return true;
  });
  return done === true;
}
