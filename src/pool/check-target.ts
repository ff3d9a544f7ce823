import { whatIsGiven } from "../bytes/check-file-name.js";
import { describe } from "../bytes/json.js";
import { ZarrError } from "../errors.js";

/** Methods of what a pool works on, by which it is known also where it comes from another copy of this package. */
type Methods = Partial<Record<"getChunk" | "getState", unknown>>;

/**
 * Checks what is to be an array.
 * @throws ZarrError `ERR_ARGUMENT` - saying what it is, and what to do about it
 */
export function checkArray(value: unknown): void {
  if (typeof (Object(value) as Methods).getChunk === "function") return;
  throw wrongTarget(value, "an array, as await openArray(file, { path }) gives it");
}

/**
 * Checks what workers are to open for a task.
 * @throws ZarrError `ERR_ARGUMENT` - saying what it is, and what to do about it
 */
export function checkTarget(value: unknown): void {
  if (value === undefined || typeof (Object(value) as Methods).getState === "function") return;
  throw wrongTarget(value, "an array, a group, a store, or undefined");
}

function wrongTarget(value: unknown, expected: string): ZarrError {
  const isGroup = typeof (Object(value) as { members?: unknown }).members === "function";
  const what = typeof value === "string" ? `the text ${describe(value)} was given` : whatIsGiven(value);
  return new ZarrError("ERR_ARGUMENT", `${isGroup ? "a group was given" : what}: expected ${expected}`);
}
