import type { Json, JsonObject } from "../bytes/json.js";
import type { Limits } from "../bytes/limits.js";
import { ZarrError } from "../errors.js";
import type { DimensionGrid } from "../grid/chunk-grid.js";
import type { DimensionChunks } from "../grid/chunk-runs.js";
import { ChunkRuns } from "../grid/chunk-runs.js";
import { type ChunkGrid, parseRegularGrid } from "./chunk-grid.js";
import { invalid, memberOf, parseExtension, parseLengths, unsupported } from "./document.js";

/**
 * The `chunk_grid` of a v3 document: `regular`, or `rectilinear` of the extension registry.
 * @throws ZarrError `ERR_METADATA` - one that does not go with `shape`; `ERR_UNSUPPORTED` - another grid
 * @throws ZarrError `ERR_LIMIT` - lengths that a number cannot hold
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/chunk-grids/rectilinear
 */
export function parseChunkGrid(json: Json | undefined, shape: readonly number[], limits: Limits): ChunkGrid {
  const { name, configuration } = parseExtension(json, "chunk_grid");
  const custom = customGrids.get(name);
  if (name === "rectilinear" || custom !== undefined) {
    const kind = memberOf(configuration, "kind");
    if (custom === undefined && kind !== "inline") invalid("chunk_grid.configuration.kind", kind, '"inline"');
    const chunkShapes = custom?.chunkShapes(configuration, shape) ?? memberOf(configuration, "chunk_shapes");
    const chunkGrid = parseRectilinear(chunkShapes, shape, limits);
    const lengths = chunkGrid.map((grid) => (typeof grid === "number" ? grid : grid.maxLength));
    const isRegular = chunkGrid.every((grid) => typeof grid === "number");
    return { chunkShape: lengths, chunkGrid: isRegular ? lengths : chunkGrid };
  }
  if (name !== "regular") {
    unsupported("chunk_grid", name, ['"regular"', '"rectilinear"', ...customGrids.keys()].join(" or "));
  }
  return parseRegularGrid(configuration, shape, limits);
}

/** A chunk grid that is not built in: chunks whose borders are the same along all of a dimension. */
export interface ChunkGridEntry {
  /** As documents name it. */
  readonly name: string;
  /**
   * The chunks along each dimension of an array of this shape: their length, or a list of lengths, and of `[length, count]`.
   * @throws ZarrError `ERR_METADATA` - the configuration does not fit
   */
  chunkShapes(configuration: JsonObject, shape: readonly number[]): readonly DimensionChunks[];
}

const customGrids = new Map<string, ChunkGridEntry>();

/**
 * Makes a chunk grid known.
 * @throws ZarrError `ERR_ARGUMENT` - its name is taken
 */
export function registerChunkGrid(entry: ChunkGridEntry): void {
  if (entry.name === "regular" || entry.name === "rectilinear" || customGrids.has(entry.name)) {
    throw new ZarrError("ERR_ARGUMENT", `a chunk grid named ${JSON.stringify(entry.name)} is registered already`);
  }
  customGrids.set(entry.name, entry);
}

function parseRectilinear(json: Json | undefined, shape: readonly number[], limits: Limits): DimensionGrid[] {
  if (!Array.isArray(json) || json.length !== shape.length) {
    return invalid("chunk_shapes", json, `a list of ${shape.length} members, as shape has`);
  }
  return json.map((chunks: Json, d) => {
    const member = `chunk_shapes[${d}]`;
    if (!Array.isArray(chunks)) return parseLengths([chunks], member, 1, limits)[0];
    const entries = chunks.map((entry: Json, i) => parseRun(entry, `${member}[${i}]`, limits));
    const runs = new ChunkRuns(entries);
    const { end } = runs.runs.at(-1) ?? { end: 0 };
    if (!Number.isSafeInteger(end)) {
      throw new ZarrError(
        "ERR_LIMIT",
        `the lengths of ${member} add up to ${end}: this package handles sums below 2^53`,
      );
    }
    if (end >= shape[d]) return runs;
    return invalid(member, chunks, `lengths that add up to at least ${shape[d]}, as the shape's, instead of to ${end}`);
  });
}

/** A length, or `[length, count]`. */
function parseRun(entry: Json, member: string, limits: Limits): Exclude<DimensionChunks, number>[number] {
  if (!Array.isArray(entry)) return parseLengths([entry], member, 1, limits)[0];
  if (entry.length !== 2) return invalid(member, entry, "a length, or [length, count]");
  const [length, count] = parseLengths(entry, member, 1, limits);
  return [length, count];
}
