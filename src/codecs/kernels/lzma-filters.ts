/** One filter of a chain, the compressor last. */
export type LzmaFilter =
  | { readonly kind: "delta"; readonly distance: number }
  | { readonly kind: "lzma2"; readonly dictionarySize: number }
  | {
      readonly kind: "lzma1";
      readonly dictionarySize: number;
      readonly lc: number;
      readonly lp: number;
      readonly pb: number;
    };

/** A chain that ends in one compressor. */
export interface LzmaChain {
  /** Distances of the delta filters before it. */
  readonly deltas: readonly number[];
  readonly compressor: Exclude<LzmaFilter, { kind: "delta" }>;
}

/** Each byte less the one `distance` before it, for each of `distances`. */
export function applyDeltas(bytes: Uint8Array, distances: readonly number[]): Uint8Array {
  let result = bytes;
  for (const distance of distances) {
    const source = result;
    result = Uint8Array.from(source, (byte, i) => byte - (i < distance ? 0 : source[i - distance]));
  }
  return result;
}

/** Undoes {@link applyDeltas}, in place. */
export function undoDeltas(bytes: Uint8Array, distances: readonly number[]): void {
  for (const distance of distances.toReversed()) {
    for (let i = distance; i < bytes.length; i++) bytes[i] += bytes[i - distance];
  }
}
