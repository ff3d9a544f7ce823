import { product } from "../grid/strides.js";

const KiB = 2 ** 10;
const MiB = 2 ** 20;

/**
 * A chunk shape for an array whose creator names none: the same that zarr-python 3 chooses. The aim is 256 KiB for an
 * array of 1 MiB, doubled for each factor of ten, between 128 KiB and 64 MiB; the dimensions are halved in turn until
 * a chunk is smaller than that, or no more than half as large again.
 *
 * @param itemSize - bytes of one element
 */
export function autoChunks(shape: readonly number[], itemSize: number): number[] {
  const chunks = shape.map((length) => Math.max(length, 1));
  const aim = 256 * KiB * 2 ** Math.log10((product(chunks) * itemSize) / MiB);
  const target = Math.min(Math.max(aim, 128 * KiB), 64 * MiB);
  for (let turn = 0; ; turn++) {
    const elements = product(chunks);
    const bytes = elements * itemSize;
    const isClose = bytes < target || Math.abs(bytes - target) / target < 0.5;
    if ((isClose && bytes < 64 * MiB) || elements === 1) return chunks;
    const d = turn % chunks.length;
    chunks[d] = Math.ceil(chunks[d] / 2);
  }
}
