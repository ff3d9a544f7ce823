import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isIntegralFloat, type Json, type JsonObject, stringifyJson, withoutMember } from "../../src/bytes/json.js";
import { parseJson } from "../../src/bytes/parse-json.js";
import { isZarrError, type ZarrError, type ZarrErrorCode } from "../../src/errors.js";

/** What `action` throws. */
function errorOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

function expectError(action: () => unknown, code: ZarrErrorCode, offset?: number): void {
  const error = errorOf(action);
  expect(isZarrError(error, code), String(error)).toBe(true);
  if (offset !== undefined) expect((error as ZarrError).details.offset).toBe(offset);
}

describe("parseJson: what Python's json.loads gives", () => {
  test.each<[string, Json]>([
    ["NaN", Number.NaN],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ['{"a": [Infinity, -0.0, 0]}', { a: [Number.POSITIVE_INFINITY, -0, 0] }],
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["-9223372036854775808", -9223372036854775808n],
    ["18446744073709551615", 18446744073709551615n],
    ["1e20", 1e20],
    ["1e400", Number.POSITIVE_INFINITY],
    ["12345678901234567890.0", 12345678901234567000],
    ["0.10000000149011612", 0.10000000149011612],
    ['{"a":1,"b":2,"a":3}', { a: 3, b: 2 }],
    ['"\\u00e9\\ud83d\\ude00\\n\\/"', "é😀\n/"],
    ['"\\ud800"', "\ud800"],
    ['"\u2028\u007f"', "\u2028\u007f"],
    [" \t\r\n[ ] ", []],
    ["\ufeff{}", {}],
  ])("%o", (text, value) => {
    expect(parseJson(text)).toEqual(value);
    expect(parseJson(new TextEncoder().encode(text))).toEqual(value);
  });

  test("__proto__ is an own member, and changes no prototype", () => {
    const value = parseJson('{"__proto__": {"polluted": true}, "constructor": 1}') as object;
    expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect("polluted" in value).toBe(false);
  });
});

test("parseJson tells integral floats, as Python does, from integers", () => {
  const text = '{"a": {"offset": 0, "scale": 10.0, "c": 1e1, "d": 10, "e": 1.5, "f": 2.0, "f": 2, "g": [1.0]}}';
  const { a } = parseJson(text) as { a: JsonObject };
  expect(Object.keys(a).filter((member) => isIntegralFloat(a, member))).toEqual(["scale", "c"]);
  expect(isIntegralFloat(withoutMember(a, "offset"), "scale")).toBe(true);
  const escaped = parseJson('{"off\\u0073et": 1.0}') as JsonObject;
  expect(isIntegralFloat(escaped, "offset")).toBe(true);
  expect(a).toEqual({ offset: 0, scale: 10, c: 10, d: 10, e: 1.5, f: 2, g: [1] });
});

describe("parseJson: malformed documents", () => {
  test.each([
    ["", 0],
    ["  ", 2],
    ["nul", 0],
    ["01", 1],
    ["-", 0],
    ["1.", 1],
    ["+1", 0],
    [".5", 0],
    ["1 2", 2],
    ["[1,]", 3],
    ["[1 2]", 3],
    ["[1}", 2],
    ["[1", 2],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ["{a:1}", 1],
    ["{'a':1}", 1],
    ['"a', 2],
    ['"a\nb"', 2],
    ['"\\x"', 1],
    ['"\\u12g4"', 1],
    ["-NaN", 0],
    ["infinity", 0],
    ["[1]//", 3],
    // Offsets count bytes of UTF-8: é has two, and the byte order mark three.
    ['["é",]', 6],
    ["\ufeff[,]", 4],
  ])("%o is ERR_METADATA at byte %i", (text, offset) => {
    expectError(() => parseJson(text), "ERR_METADATA", offset);
  });

  test("bytes that are not UTF-8 are ERR_METADATA at their place", () => {
    expectError(() => parseJson(Uint8Array.of(0x22, 0x61, 0xff, 0x22)), "ERR_METADATA", 2);
    expectError(() => parseJson(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)), "ERR_METADATA", 1);
  });
});

describe("parseJson: limits", () => {
  test.each(["[", '{"a":'])("200,000 times %s fails at the depth limit, not on the stack", (open) => {
    expectError(() => parseJson(open.repeat(200_000)), "ERR_LIMIT", 256 * open.length);
  });

  test("a depth of 200,000 parses where the limit allows it", () => {
    let value = parseJson("[".repeat(200_000) + "]".repeat(200_000), { maxDepth: 200_000 });
    let depth = 0;
    for (; Array.isArray(value); depth++) value = value[0];
    expect(depth).toBe(200_000);
  });

  test("the deepest level that the limit allows parses", () => {
    expect(parseJson("[[]]", { maxDepth: 2 })).toEqual([[]]);
    expectError(() => parseJson("[[]]", { maxDepth: 1 }), "ERR_LIMIT", 1);
  });

  test("a document longer than maxBytes is ERR_LIMIT", () => {
    expect(parseJson("[1]", { maxBytes: 3 })).toEqual([1]);
    expectError(() => parseJson("[1] ", { maxBytes: 3 }), "ERR_LIMIT");
    expectError(() => parseJson(new Uint8Array(17 * 2 ** 20)), "ERR_LIMIT");
  });

  test("an integer of more than 4,300 digits is ERR_LIMIT, as in Python", () => {
    expect(parseJson("9".repeat(4300))).toBe(BigInt("9".repeat(4300)));
    expectError(() => parseJson("9".repeat(4301)), "ERR_LIMIT");
  });
});

describe("parseJson against JSON.parse", () => {
  const pieces = ["{", "}", "[", "]", ":", ",", '"', "\\", "a", "u00e9", "1", "-", "0", ".", "e", "true", "null", " "];

  test("accepts what it accepts, with the same value, and refuses the rest", () => {
    const random = fc.oneof(
      fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join("")),
      fc.json({ maxDepth: 4 }),
      // A valid document with one character replaced.
      fc
        .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.constantFrom(...pieces))
        .map(([text, at, piece]) => text.slice(0, at % text.length) + piece + text.slice((at % text.length) + 1)),
    );
    fc.assert(
      fc.property(random, (text) => {
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expectError(() => parseJson(text), "ERR_METADATA");
          return;
        }
        const value = parseJson(text);
        if (!/\d{16}/.test(text)) expect(value).toEqual(expected);
        // Longer integers are exact here and rounded there.
        const rounded = JSON.stringify(value, (_, member) => (typeof member === "bigint" ? Number(member) : member));
        expect(rounded).toBe(JSON.stringify(expected));
      }),
      { numRuns: 3000 },
    );
  });

  test("reads back what stringifyJson writes, with and without indentation", () => {
    const { value } = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(
          fc.string({ unit: "grapheme" }),
          fc.double(),
          fc.integer(),
          fc.boolean(),
          fc.constant(null),
          fc.bigInt().filter((big) => !Number.isSafeInteger(Number(big))),
        ),
        fc.array(tie("value"), { maxLength: 5 }),
        fc.dictionary(fc.oneof(fc.string(), fc.constant("__proto__")), tie("value"), {
          maxKeys: 5,
          noNullPrototype: true,
        }),
      ),
    }));
    fc.assert(
      fc.property(value, fc.constantFrom(0, 2), (json, indent) => {
        expect(parseJson(stringifyJson(json, { indent }))).toEqual(json);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("stringifyJson", () => {
  test.each<[Json, string]>([
    [[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], "[NaN,Infinity,-Infinity]"],
    [[-0, 0, 1.5, 1e-7], "[-0.0,0,1.5,1e-7]"],
    // Python reads digits as an integer and an exponent as a float.
    [[2n ** 64n, 2 ** 64, 1e300], "[18446744073709551616,1.8446744073709552e+19,1e+300]"],
    [{ a: null, b: "\ud800é\n" }, '{"a":null,"b":"\\ud800é\\n"}'],
    [{}, "{}"],
  ])("writes %o as %s", (value, text) => {
    expect(stringifyJson(value)).toBe(text);
  });

  test("indents as Python's json.dumps(indent=2)", () => {
    expect(stringifyJson({ a: [1, {}], b: [] }, { indent: 2 })).toBe('{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}');
  });

  test("leaves out members that are undefined", () => {
    expect(stringifyJson({ a: undefined, b: 1 } as unknown as Json)).toBe('{"b":1}');
  });

  test.each<[string, unknown, string]>([
    ["a date", new Date(0), "Date"],
    ["a map", { a: new Map() }, "Map"],
    ["a typed array", [new Float32Array(1)], "Float32Array"],
    ["a function", { a: () => 1 }, "function"],
    ["undefined in a list", [undefined], "undefined"],
    ["a hole in a list", new Array(1), "undefined"],
  ])("refuses %s by its type", (_, value, type) => {
    const error = errorOf(() => stringifyJson(value as Json));
    expect(isZarrError(error, "ERR_ARGUMENT")).toBe(true);
    expect(String(error)).toContain(type);
  });

  test("refuses a cycle", () => {
    const cycle: Json[] = [];
    cycle.push(cycle);
    expectError(() => stringifyJson(cycle), "ERR_ARGUMENT");
  });
});
