import { expect } from "vitest";
import { isZarrError, type ZarrErrorCode } from "../src/errors.js";

/** Expects `action` to throw, at once, a ZarrError of this code whose message has each of `parts`. */
export function expectError(action: () => unknown, code: ZarrErrorCode, ...parts: string[]): void {
  let error: unknown;
  try {
    action();
  } catch (caught) {
    error = caught;
  }
  expect(isZarrError(error, code), String(error)).toBe(true);
  for (const part of parts) expect(String(error)).toContain(part);
}

/** As {@link expectError}, of what a promise rejects with. */
export async function expectRejection(
  promise: Promise<unknown>,
  code: ZarrErrorCode,
  ...parts: string[]
): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expectError(
    () => {
      throw error;
    },
    code,
    ...parts,
  );
}
