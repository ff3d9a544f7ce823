// Sixteen items of 2, 4 or 8 bytes are transposed at once, in 2, 4 or 8 vectors. Splitting all vectors into their even and their odd
// bytes moves the lowest bit of each byte's address to the top; after as many rounds as an item's size has bits, the bytes are in the
// order of their places in the items. Interleaving the first half of the vectors with the second undoes such a round.

/**
 * Byte shuffle: first byte 0 of every item, then byte 1 of every item, and so on. Bytes behind the last whole item stay.
 * The output does not overlap the input.
 */
export function shuffle(input: usize, output: usize, length: usize, itemSize: usize): void {
  const items = length / itemSize;
  const whole = items * itemSize;
  if (itemSize === 1) memory.copy(output, input, length);
  else if (itemSize === 2) shuffle2(input, output, items);
  else if (itemSize === 4) shuffle4(input, output, items);
  else if (itemSize === 8) shuffle8(input, output, items);
  else shuffleRest(input, output, items, itemSize, 0);
  memory.copy(output + whole, input + whole, length - whole);
}

/** Undoes {@link shuffle}. */
export function unshuffle(input: usize, output: usize, length: usize, itemSize: usize): void {
  const items = length / itemSize;
  const whole = items * itemSize;
  if (itemSize === 1) memory.copy(output, input, length);
  else if (itemSize === 2) unshuffle2(input, output, items);
  else if (itemSize === 4) unshuffle4(input, output, items);
  else if (itemSize === 8) unshuffle8(input, output, items);
  else unshuffleRest(input, output, items, itemSize, 0);
  memory.copy(output + whole, input + whole, length - whole);
}

function shuffle2(input: usize, output: usize, items: usize): void {
  let i: usize = 0;
  for (; i + 16 <= items; i += 16) {
    const from = input + i * 2;
    const a = v128.load(from);
    const b = v128.load(from, 16);
    v128.store(output + i, even(a, b));
    v128.store(output + items + i, odd(a, b));
  }
  shuffleRest(input, output, items, 2, i);
}

function unshuffle2(input: usize, output: usize, items: usize): void {
  let i: usize = 0;
  for (; i + 16 <= items; i += 16) {
    const to = output + i * 2;
    const a = v128.load(input + i);
    const b = v128.load(input + items + i);
    v128.store(to, low(a, b));
    v128.store(to, high(a, b), 16);
  }
  unshuffleRest(input, output, items, 2, i);
}

function shuffle4(input: usize, output: usize, items: usize): void {
  let i: usize = 0;
  for (; i + 16 <= items; i += 16) {
    const from = input + i * 4;
    const a0 = v128.load(from);
    const a1 = v128.load(from, 16);
    const a2 = v128.load(from, 32);
    const a3 = v128.load(from, 48);
    const b0 = even(a0, a1);
    const b1 = even(a2, a3);
    const b2 = odd(a0, a1);
    const b3 = odd(a2, a3);
    const to = output + i;
    v128.store(to, even(b0, b1));
    v128.store(to + items, even(b2, b3));
    v128.store(to + items * 2, odd(b0, b1));
    v128.store(to + items * 3, odd(b2, b3));
  }
  shuffleRest(input, output, items, 4, i);
}

function unshuffle4(input: usize, output: usize, items: usize): void {
  let i: usize = 0;
  for (; i + 16 <= items; i += 16) {
    const from = input + i;
    const a0 = v128.load(from);
    const a1 = v128.load(from + items);
    const a2 = v128.load(from + items * 2);
    const a3 = v128.load(from + items * 3);
    const b0 = low(a0, a2);
    const b1 = high(a0, a2);
    const b2 = low(a1, a3);
    const b3 = high(a1, a3);
    const to = output + i * 4;
    v128.store(to, low(b0, b2));
    v128.store(to, high(b0, b2), 16);
    v128.store(to, low(b1, b3), 32);
    v128.store(to, high(b1, b3), 48);
  }
  unshuffleRest(input, output, items, 4, i);
}

export function shuffle8(input: usize, output: usize, items: usize): void {
  let i: usize = 0;
  for (; i + 16 <= items; i += 16) {
    const from = input + i * 8;
    const a0 = v128.load(from);
    const a1 = v128.load(from, 16);
    const a2 = v128.load(from, 32);
    const a3 = v128.load(from, 48);
    const a4 = v128.load(from, 64);
    const a5 = v128.load(from, 80);
    const a6 = v128.load(from, 96);
    const a7 = v128.load(from, 112);
    const b0 = even(a0, a1);
    const b1 = even(a2, a3);
    const b2 = even(a4, a5);
    const b3 = even(a6, a7);
    const b4 = odd(a0, a1);
    const b5 = odd(a2, a3);
    const b6 = odd(a4, a5);
    const b7 = odd(a6, a7);
    const c0 = even(b0, b1);
    const c1 = even(b2, b3);
    const c2 = even(b4, b5);
    const c3 = even(b6, b7);
    const c4 = odd(b0, b1);
    const c5 = odd(b2, b3);
    const c6 = odd(b4, b5);
    const c7 = odd(b6, b7);
    const to = output + i;
    v128.store(to, even(c0, c1));
    v128.store(to + items, even(c2, c3));
    v128.store(to + items * 2, even(c4, c5));
    v128.store(to + items * 3, even(c6, c7));
    v128.store(to + items * 4, odd(c0, c1));
    v128.store(to + items * 5, odd(c2, c3));
    v128.store(to + items * 6, odd(c4, c5));
    v128.store(to + items * 7, odd(c6, c7));
  }
  shuffleRest(input, output, items, 8, i);
}

export function unshuffle8(input: usize, output: usize, items: usize): void {
  let i: usize = 0;
  for (; i + 16 <= items; i += 16) {
    const from = input + i;
    const a0 = v128.load(from);
    const a1 = v128.load(from + items);
    const a2 = v128.load(from + items * 2);
    const a3 = v128.load(from + items * 3);
    const a4 = v128.load(from + items * 4);
    const a5 = v128.load(from + items * 5);
    const a6 = v128.load(from + items * 6);
    const a7 = v128.load(from + items * 7);
    const b0 = low(a0, a4);
    const b1 = high(a0, a4);
    const b2 = low(a1, a5);
    const b3 = high(a1, a5);
    const b4 = low(a2, a6);
    const b5 = high(a2, a6);
    const b6 = low(a3, a7);
    const b7 = high(a3, a7);
    const c0 = low(b0, b4);
    const c1 = high(b0, b4);
    const c2 = low(b1, b5);
    const c3 = high(b1, b5);
    const c4 = low(b2, b6);
    const c5 = high(b2, b6);
    const c6 = low(b3, b7);
    const c7 = high(b3, b7);
    const to = output + i * 8;
    v128.store(to, low(c0, c4));
    v128.store(to, high(c0, c4), 16);
    v128.store(to, low(c1, c5), 32);
    v128.store(to, high(c1, c5), 48);
    v128.store(to, low(c2, c6), 64);
    v128.store(to, high(c2, c6), 80);
    v128.store(to, low(c3, c7), 96);
    v128.store(to, high(c3, c7), 112);
  }
  unshuffleRest(input, output, items, 8, i);
}

/** The items from `first` on, byte by byte. */
function shuffleRest(input: usize, output: usize, items: usize, itemSize: usize, first: usize): void {
  if (first === items) return;
  for (let byte: usize = 0; byte < itemSize; byte++) {
    const end = output + (byte + 1) * items;
    let from = input + first * itemSize + byte;
    for (let to = end - items + first; to < end; to++) {
      store<u8>(to, load<u8>(from));
      from += itemSize;
    }
  }
}

/** The items from `first` on, byte by byte. */
function unshuffleRest(input: usize, output: usize, items: usize, itemSize: usize, first: usize): void {
  if (first === items) return;
  for (let byte: usize = 0; byte < itemSize; byte++) {
    const end = input + (byte + 1) * items;
    let to = output + first * itemSize + byte;
    for (let from = end - items + first; from < end; from++) {
      store<u8>(to, load<u8>(from));
      to += itemSize;
    }
  }
}

function even(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}

function odd(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

/** The bytes of the first halves in turn. */
function low(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** The bytes of the second halves in turn. */
function high(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
