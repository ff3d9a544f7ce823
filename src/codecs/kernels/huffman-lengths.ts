/** Lengths of Huffman codes, in bits, for symbols that occur so often; none is 0, and none more than `maxLength`. */
export function huffmanLengths(counts: Uint32Array, maxLength: number): Uint8Array {
  // A symbol that never occurs has a code, too. Evening out the counts shortens the longest codes.
  for (let weights = Array.from(counts, (count) => Math.max(1, count)); ; weights = weights.map((w) => (w >> 1) + 1)) {
    const lengths = unlimitedLengths(weights);
    if (Math.max(...lengths) <= maxLength) return lengths;
  }
}

function unlimitedLengths(weights: readonly number[]): Uint8Array {
  const lengths = new Uint8Array(weights.length);
  const trees = weights.map((weight, symbol) => ({ weight, symbols: [symbol] })).sort((a, b) => b.weight - a.weight);
  while (trees.length > 1) {
    const [a, b] = [trees.pop()!, trees.pop()!];
    const joined = { weight: a.weight + b.weight, symbols: [...a.symbols, ...b.symbols] };
    for (const symbol of joined.symbols) lengths[symbol]++;
    const place = trees.findIndex(({ weight }) => weight <= joined.weight);
    trees.splice(place < 0 ? trees.length : place, 0, joined);
  }
  return lengths;
}
