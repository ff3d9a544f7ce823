import type { ChunkPart, ChunkPlan, Piece } from "./chunk-plan.js";
import { RegionCopier, type StridedRegion } from "./copy-region.js";
import { cStrides } from "./strides.js";

/** Pieces of one dimension that are kept in memory. */
const maxPieces = 2 ** 20;

/** The part of one dimension that a plan takes, in columns. */
interface PlacesAlong {
  readonly pieces: readonly Piece[];
  /** The start of each piece in its chunk, and in the region, in elements. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Pieces of the same count and step have the same. */
  readonly kind: readonly number[];
  /** A piece of each kind. */
  readonly kinds: readonly Piece[];
}

/** The places of a plan's chunks by number; numbers count in C order. */
export class PlannedPlaces {
  /** Elements of the region along each dimension. */
  readonly count: readonly number[];
  readonly #plan: ChunkPlan;
  readonly #along: readonly PlacesAlong[];
  readonly #chunkStride: readonly number[];
  readonly #regionStride: readonly number[];
  /** By number of the kinds, in C order. */
  readonly #copiers = new Map<number, RegionCopier>();

  private constructor(
    plan: ChunkPlan,
    along: readonly PlacesAlong[],
    chunkStride: readonly number[],
    regionStride: readonly number[],
  ) {
    this.count = along.map(({ pieces }) => pieces.reduce((sum, { count }) => sum + count, 0));
    this.#plan = plan;
    this.#along = along;
    this.#chunkStride = chunkStride;
    this.#regionStride = regionStride;
  }

  /** @returns `undefined` for plans with lists of indices, with gaps between chunks, or with too many pieces to keep */
  static of(
    plan: ChunkPlan,
    chunkShape: readonly number[],
    regionStride: readonly number[],
  ): PlannedPlaces | undefined {
    if (plan.hasLists || plan.size > maxPieces ** 2) return undefined;
    const chunkStride = cStrides(chunkShape);
    const along: PlacesAlong[] = [];
    for (let d = 0; d < chunkShape.length; d++) {
      const places = placesAlong(plan, d, chunkStride[d], regionStride[d]);
      if (places === undefined) return undefined;
      along.push(places);
    }
    return new PlannedPlaces(plan, along, chunkStride, regionStride);
  }

  /** Number of the chunk at `coords`, or -1 if the plan takes nothing of it. */
  numberOf(coords: readonly number[]): number {
    let number = 0;
    for (let d = 0; d < coords.length; d++) {
      const { pieces } = this.#along[d];
      const i = coords[d] - pieces[0].coord;
      if (i < 0 || i >= pieces.length) return -1;
      number = number * pieces.length + i;
    }
    return number;
  }

  partOf(number: number): ChunkPart {
    let rest = number;
    const pieces: Piece[] = [];
    for (let d = this.#along.length - 1; d >= 0; d--) {
      const { length } = this.#along[d].pieces;
      pieces[d] = this.#along[d].pieces[rest % length];
      rest = Math.floor(rest / length);
    }
    return this.#plan.partOf(pieces);
  }

  /** Copies what the plan takes of a chunk, which begins at `chunkOffset`, to the region, which begins at `regionOffset`. */
  copy(
    number: number,
    chunk: StridedRegion["data"],
    chunkOffset: number,
    region: StridedRegion["data"],
    regionOffset: number,
    width: number,
  ): void {
    let rest = number;
    let from = chunkOffset;
    let to = regionOffset;
    let kind = 0;
    for (let d = this.#along.length - 1; d >= 0; d--) {
      const along = this.#along[d];
      const { length } = along.pieces;
      const i = rest % length;
      rest = (rest - i) / length;
      from += along.from[i];
      to += along.to[i];
      kind = kind * along.kinds.length + along.kind[i];
    }
    let copier = this.#copiers.get(kind);
    if (copier === undefined) {
      copier = this.#copierOf(kind, width);
      this.#copiers.set(kind, copier);
    }
    copier.copy(chunk, from, region, to);
  }

  #copierOf(kind: number, width: number): RegionCopier {
    let rest = kind;
    const pieces = this.#along.map(({ kinds }) => {
      const piece = kinds[rest % kinds.length];
      rest = Math.floor(rest / kinds.length);
      return piece;
    });
    const stride = pieces.map(({ step }, d) => step * this.#chunkStride[d]);
    const count = pieces.map((piece) => piece.count);
    return new RegionCopier(stride, this.#regionStride, count, width);
  }
}

function placesAlong(
  plan: ChunkPlan,
  dimension: number,
  chunkStride: number,
  regionStride: number,
): PlacesAlong | undefined {
  const pieces: Piece[] = [];
  const kinds: Piece[] = [];
  const kind: number[] = [];
  for (const piece of plan.piecesAlong(dimension)) {
    if (pieces.length >= maxPieces || piece.coord !== (pieces[0] ?? piece).coord + pieces.length) return undefined;
    let same = kinds.findLastIndex(({ count, step }) => count === piece.count && step === piece.step);
    if (same < 0) same = kinds.push(piece) - 1;
    pieces.push(piece);
    kind.push(same);
  }
  const from = pieces.map(({ start }) => start * chunkStride);
  const to = pieces.map(({ regionStart }) => regionStart * regionStride);
  return { pieces, from, to, kind, kinds };
}
