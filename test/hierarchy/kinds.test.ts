import { describe, expect, test } from "vitest";
import {
  createArray,
  createGroup,
  createHierarchy,
  type DTypeName,
  MemoryStore,
  open,
  openArray,
  ZarrArray,
  ZarrGroup,
} from "../../src/index.js";

const code = (code: string) => expect.objectContaining({ code });

async function arrayOf(dtype: DTypeName): Promise<ZarrArray> {
  return await createArray(new MemoryStore(), { shape: [2], dtype, zarrFormat: dtype === "object" ? 2 : 3 });
}

describe("nodes say what they are", () => {
  test("by kind, which the compiler understands, and by class", async () => {
    const store = new MemoryStore();
    await createHierarchy(store, { a: { shape: [3], dtype: "int8" }, g: {} });
    await store.set("broken/zarr.json", new TextEncoder().encode("{"));
    const root = await open(store);
    if (root.kind !== "group") throw new Error("the root is a group");
    const kinds = (await root.members()).map((member) => {
      switch (member.kind) {
        case "array":
          return [member.path, member.shape, member instanceof ZarrArray];
        case "group":
          return [member.path, member instanceof ZarrGroup];
        default:
          return [member.path, member.error.code];
      }
    });
    expect(kinds.sort()).toEqual([
      ["a", [3], true],
      ["broken", "ERR_METADATA"],
      ["g", true],
    ]);
    expect((await openArray(store, { path: "a" })).kind).toBe("array");
  });

  test("their classes cannot be called", async () => {
    const { constructor: arrayClass } = await arrayOf("int8");
    const { constructor: groupClass } = await createGroup(new MemoryStore());
    for (const make of [arrayClass, groupClass] as unknown as (new (
      ...given: unknown[]
    ) => unknown)[]) {
      expect(() => new make()).toThrow(code("ERR_ARGUMENT"));
      expect(() => new make("file.zip", {})).toThrow(code("ERR_ARGUMENT"));
    }
    // @ts-expect-error: the constructor is private
    expect(() => new ZarrArray(new MemoryStore(), {})).toThrow(code("ERR_ARGUMENT"));
  });
});

describe("array.is", () => {
  test("narrows to a data type", async () => {
    const array = await arrayOf("float32");
    expect(array.is("int8")).toBe(false);
    if (!array.is("float32")) throw new Error("it is float32");
    const data: Float32Array = (await array.get()).data;
    expect(data).toEqual(new Float32Array(2));
  });

  test("narrows to what elements are in JavaScript", async () => {
    const int64 = await arrayOf("int64");
    if (!int64.is("bigint")) throw new Error("elements are bigints");
    const one: bigint = await (int64 as ZarrArray<"int64", 1>).get([0]);
    const fill: bigint = int64.fillValue;
    expect([one, fill]).toEqual([0n, 0n]);

    const uint8: ZarrArray = await arrayOf("uint8");
    if (!uint8.is("number")) throw new Error("elements are numbers");
    const value: number = uint8.fillValue;
    const { data } = await uint8.getBlocks([null]);
    const sum: number = data[0]! + value;
    expect(sum).toBe(0);
  });

  test.each<[DTypeName, readonly DTypeName[], "number" | "bigint" | "boolean" | "string" | undefined]>([
    ["float32", ["<f4", "f4", ">f4"], "number"],
    ["int4", [], "number"],
    ["bfloat16", [], "number"],
    ["uint64", ["u8"], "bigint"],
    ["datetime64[ns]", ["M8[ns]"], "bigint"],
    ["bool", ["|b1"], "boolean"],
    ["string", [], "string"],
    ["U8", ["<U8"], "string"],
    ["complex64", ["c8"], undefined],
    ["variable_length_bytes", [], undefined],
    ["S3", ["|S3"], undefined],
    ["object", [], undefined],
    [JSON.stringify([["x", "<i4"]]) as DTypeName, [], undefined],
  ])("%s: other spellings, and its kind", async (dtype, spellings, kind) => {
    const array = await arrayOf(dtype);
    // "string" is all text: of any length, and of one length.
    for (const name of [array.dtype, ...spellings]) expect(array.is(name), name).toBe(true);
    for (const one of ["number", "bigint", "boolean", "string"] as const) expect(array.is(one), one).toBe(one === kind);
    expect(array.is("int16")).toBe(false);
  });

  test("a data type that nobody knows is ERR_DATA_TYPE, and does not compile", async () => {
    const array = await arrayOf("int8");
    // @ts-expect-error: no such data type
    expect(() => array.is("flaot32")).toThrow(code("ERR_DATA_TYPE"));
  });
});
