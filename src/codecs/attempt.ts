import { isZarrError, messageOf, withDetails, ZarrError } from "../errors.js";
import type { Codec } from "./codec.js";

/** Runs what a codec does; an error of it names the codec. */
export function attempt<Result>(codec: Codec, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    return rethrow(codec, error);
  }
}

/** Names the codec; what is no ZarrError (a custom codec's, the engine's) becomes one. */
export function rethrow(codec: Codec, error: unknown): never {
  if (isZarrError(error)) throw withDetails(error, { codec: codec.name });
  throw new ZarrError("ERR_CODEC", `codec "${codec.name}" failed: ${messageOf(error)}`, { codec: codec.name }, error);
}
