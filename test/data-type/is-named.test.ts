// Names of types are told apart without the rarer types, which may or may not have been loaded: that makes no difference.
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => vi.resetModules());

const names = ["float32", "<f4", "int8", "float64", "datetime64[ns]", "U8", "float99", "foo_bar", "q9", "int33", "r8"];
const more = ["struct", "numpy.datetime64", "flaot32", "", "float 32", "complex64", "string", "[["];

/** What each name gives for float32: an answer, or the code of the error. */
async function answers(isLoaded: boolean): Promise<Record<string, unknown>> {
  vi.resetModules();
  const { commonType } = await import("../../src/data-type/common-types.js");
  if (isLoaded) await import("../../src/data-type/registry.js");
  const { isNamed } = await import("../../src/data-type/dtype-name.js");
  const answer = (name: string) => {
    try {
      return isNamed(commonType("float32")!, name);
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  return Object.fromEntries([...names, ...more].map((name) => [name, answer(name)]));
}

test("every name is answered alike before and after the rarer types were loaded", async () => {
  const before = await answers(false);
  expect(before).toMatchObject({ float32: true, "<f4": true, int8: false, float99: false, flaot32: "ERR_DATA_TYPE" });
  expect(await answers(true)).toEqual(before);
});
