import { expect } from "vitest";
import { isZarrError, type ZarrErrorCode } from "../../src/errors.js";

/** Expects `work` to fail with a ZarrError of this code whose message has each of `parts`. */
export async function expectZarrError(
  work: Promise<unknown> | (() => unknown),
  code: ZarrErrorCode,
  ...parts: (string | number)[]
): Promise<void> {
  const error = await (typeof work === "function" ? Promise.resolve().then(work) : work).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(isZarrError(error, code), `expected ${code}, found ${String(error)}`).toBe(true);
  for (const part of parts) expect(String(error)).toContain(String(part));
}
