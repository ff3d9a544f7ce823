/** Upper bounds on what a file may make this package allocate; each is checked before the allocation. */
export interface Limits {
  /** Bytes of one metadata document. */
  readonly metadataBytes: number;
  /** Nesting depth of a JSON document. */
  readonly jsonDepth: number;
  /** Number of dimensions of an array. */
  readonly rank: number;
  /** Number of codecs of an array. */
  readonly codecs: number;
  /** Depth of shards within shards. */
  readonly shardNesting: number;
  /** Bytes of one decoded chunk. */
  readonly chunkBytes: number;
  /** Bytes of the result of one read. */
  readonly readBytes: number;
  /**
   * Bytes of strings, byte strings or objects of one decoded chunk, or of one read, about: those are on JavaScript's heap, and a process
   * whose heap is full is ended.
   */
  readonly listBytes: number;
}

/** The limits that hold where an option does not say otherwise. */
export const defaultLimits: Limits = Object.freeze({
  metadataBytes: 16 * 2 ** 20,
  jsonDepth: 256,
  rank: 64,
  codecs: 64,
  shardNesting: 8,
  chunkBytes: 2 ** 30,
  readBytes: 8 * 2 ** 30,
  listBytes: 2 ** 29,
});
