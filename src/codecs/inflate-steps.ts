import { inflateRaw, inflateRawAsync } from "#zlib";
import { type Inflated, InflateError } from "../bytes/inflate-error.js";
import { ZarrError } from "../errors.js";

/**
 * A decoder of a format around DEFLATE: it yields each raw stream's position and bound, is sent what the stream holds, and
 * returns the whole. So one decoder serves the synchronous and the asynchronous path.
 */
export type InflateSteps = Generator<{ readonly offset: number; readonly maxSize: number }, Uint8Array, Inflated>;

/** Runs a decoder of `bytes` on this thread. */
export function runInflate(bytes: Uint8Array, steps: InflateSteps): Uint8Array {
  try {
    let step = steps.next();
    while (!step.done) step = steps.next(inflateRaw(bytes.subarray(step.value.offset), step.value.maxSize));
    return step.value;
  } catch (error) {
    throw codecError(error);
  }
}

/** As {@link runInflate}, with the streams on the thread pool. */
export async function runInflateAsync(bytes: Uint8Array, steps: InflateSteps): Promise<Uint8Array> {
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
