import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { interpreter, Python } from "./python.js";
import { digest, testDataTypes, testValues } from "./values.js";

const { executable, reason } = interpreter("ZARRZIP_PYTHON");

describe.skipIf(executable === undefined)(`interop: values${reason}`, () => {
  let python: Python;
  beforeAll(() => {
    python = new Python(executable!);
  });
  afterAll(() => python.close());

  test.each(testDataTypes)("TypeScript and Python compute the same %s", async (dtype) => {
    expect(digest(dtype, testValues(dtype, 40, 7))).toBe(await python.expected(dtype, [40], 7));
  });
});
