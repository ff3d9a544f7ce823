/** At 16 times a distance below 16: for each of 16 bytes from a match's start on, which of the bytes before it repeats there. */
const repeated = memory.data(256, 16);
/** For each distance below 16, as many bytes as are whole repetitions among 16. */
const wholeRepetitions = memory.data(16);

for (let distance: usize = 1; distance < 16; distance++) {
  for (let i: usize = 0; i < 16; i++) store<u8>(repeated + distance * 16 + i, <u8>(i % distance));
  store<u8>(wholeRepetitions + distance, <u8>(16 - (16 % distance)));
}

/** Copies `length` bytes that do not overlap, and up to 16 more. */
export function copyLiterals(from: usize, to: usize, length: usize): void {
  v128.store(to, v128.load(from));
  for (let done: usize = 16; done < length; done += 16) v128.store(to + done, v128.load(from + done));
}

/** Copies the `length` bytes that lie `distance` before `to` to `to`, where both may overlap, and up to 31 more. */
export function copyMatch(to: usize, distance: usize, length: usize): void {
  const from = to - distance;
  if (distance < 16) {
    const repetitions = i8x16.swizzle(v128.load(from), v128.load(repeated + distance * 16));
    const step: usize = load<u8>(wholeRepetitions + distance);
    for (let done: usize = 0; done < length; done += step) v128.store(to + done, repetitions);
  } else {
    // Most matches are short: a second copy takes less time than to find out whether it is needed.
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    for (let done: usize = 32; done < length; done += 16) v128.store(to + done, v128.load(from + done));
  }
}
