import { product } from "../grid/strides.js";

const KiB = 2 ** 10;
const MiB = 2 ** 20;

/** The length of a chunk along a dimension that is still empty, and will grow: as h5py chooses for one without a bound. */
const growingLength = 1024;

/**
 * A chunk shape for an array whose creator names none: the same that zarr-python 3 chooses. The aim is 256 KiB for an
 * array of 1 MiB, doubled for each factor of ten, between 128 KiB and 64 MiB; the dimensions are halved in turn until
 * a chunk is smaller than that, or no more than half as large again.
 *
 * A dimension of length 0, which zarr-python gives one row a chunk, counts as 1,024; it is halved before all others, so that what is
 * appended at once lies in few chunks.
 *
 * @param itemSize - bytes of one element
 */
export function autoChunks(shape: readonly number[], itemSize: number): number[] {
  const chunks = shape.map((length) => (length === 0 ? growingLength : length));
  const aim = 256 * KiB * 2 ** Math.log10((product(chunks) * itemSize) / MiB);
  const target = Math.min(Math.max(aim, 128 * KiB), 64 * MiB);
  const all = shape.map((_, d) => d);
  const growing = all.filter((d) => shape[d] === 0);
  for (let turn = 0; ; turn++) {
    const elements = product(chunks);
    const bytes = elements * itemSize;
    const isClose = bytes < target || Math.abs(bytes - target) / target < 0.5;
    if ((isClose && bytes < 64 * MiB) || elements === 1) return chunks;
    const dimensions = growing.some((d) => chunks[d] > 1) ? growing : all;
    const d = dimensions[turn % dimensions.length];
    chunks[d] = Math.ceil(chunks[d] / 2);
  }
}
