// What is measured: rows are files, cells are what is done with each of them.

/** The files, which bench/participants/data.py makes. */
export const rows = {
  none: "float32 4096 × 4096, chunks of 512 × 512, not compressed",
  zstd: "the same, zstd 3",
  gzip: "the same, gzip 5",
  blosc: "the same, Blosc: LZ4, 5, shuffle",
  sharded: "the same, chunks of 64 × 64 in shards of 1024 × 1024, zstd 3",
  tiny: "uint8 1000 × 1600, 100,000 chunks of 4 × 4, not compressed",
};

/**
 * The cells: what the time, or `unit`, is of; which digest of the file says that the values are right; and which cell stands for
 * this one with a participant that has no call like it.
 */
export const cells = {
  open: { title: "Open, and read the first chunk", digest: "first" },
  read: { title: "Read all, into new memory", digest: "all" },
  "read-into": { title: "Read all, into the same memory each time (`out`)", digest: "all", instead: "read" },
  windows: { title: "1,000 random windows of 32 × 32, one after the other", digest: "windows" },
  "windows-many": { title: "1,000 random windows in one call (`getMany`)", digest: "windows", instead: "windows" },
  write: { title: "Write all to a new file", digest: "all" },
  memory: { title: "Peak memory of reading all", digest: "all", unit: "MiB" },
};

/** Starts of the windows, the same for every participant: the 32-bit generator of ANSI C, once for each dimension. */
export function windowsOf(shape, side = 32, count = 1000) {
  let seed = 42n;
  const next = (length) => {
    seed = (seed * 1103515245n + 12345n) % 2147483648n;
    const start = Number(seed % BigInt(length - side + 1));
    return [start, start + side];
  };
  return Array.from({ length: count }, () => shape.map(next));
}
