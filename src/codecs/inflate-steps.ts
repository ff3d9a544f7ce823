import { inflateRaw, inflateRawAsync } from "#zlib";
import { type Inflated, InflateError } from "../bytes/inflate-error.js";
import { ZarrError } from "../errors.js";

/**
 * A decoder of a format around DEFLATE: it yields each raw stream's position and bound, is sent what the stream holds, and
 * returns the whole. So one decoder serves the synchronous and the asynchronous path.
 */
export type InflateSteps = Generator<{ readonly offset: number; readonly maxSize: number }, Uint8Array, Inflated>;

/** Content from this size on, in bytes, is worth the way to the thread pool and back. */
export const threadPoolMinimum = 64 * 1024;

/** Runs a decoder of `bytes` that gives at most `maxSize` bytes, on the thread pool if that is much. */
export function runInflate(bytes: Uint8Array, maxSize: number, steps: InflateSteps): Uint8Array | Promise<Uint8Array> {
  return maxSize < threadPoolMinimum ? runInflateSync(bytes, steps) : runInflateAsync(bytes, steps);
}

/** Runs a decoder of `bytes` on this thread. */
function runInflateSync(bytes: Uint8Array, steps: InflateSteps): Uint8Array {
  try {
    let step = steps.next();
    while (!step.done) step = steps.next(inflateRaw(bytes.subarray(step.value.offset), step.value.maxSize));
    return step.value;
  } catch (error) {
    throw codecError(error);
  }
}

/** As {@link runInflateSync}, with the streams on the thread pool. */
async function runInflateAsync(bytes: Uint8Array, steps: InflateSteps): Promise<Uint8Array> {
  try {
    let step = steps.next();
    while (!step.done) {
      step = steps.next(await inflateRawAsync(bytes.subarray(step.value.offset), step.value.maxSize));
    }
    return step.value;
  } catch (error) {
    throw codecError(error);
  }
}

/** An {@link InflateError} as the error of a codec; any other error as it is. */
export function codecError(error: unknown): unknown {
  if (!(error instanceof InflateError)) return error;
  return new ZarrError(error.fault === "checksum" ? "ERR_CHECKSUM" : "ERR_CODEC", error.message, {}, error);
}
