// A program in TypeScript, as .ci/declarations.mjs compiles it against the packed package with several compilers and settings,
// without the types of Node. Each line below a `@ts-expect-error` must not compile.
import {
  createArray,
  createHierarchy,
  type MemoryStore,
  openArray,
  openGroup,
  slice,
  type ZarrArray,
  ZipStore,
} from "zarrzip";
import { WorkerPool } from "zarrzip/pool";
import { testBytesCodec } from "zarrzip/testing";

export async function typesOfValues(store: MemoryStore): Promise<unknown[]> {
  const array = await openArray("x.zip");
  const region = await array.get();
  // @ts-expect-error the data of any type are no such thing: had one of them no type, all would be `any`
  const wrong: { nonsense: 42 } = region.data;
  const half = await openArray<"float16">("x.zip");
  // @ts-expect-error neither are those of float16, whose array a library of 2024 does not know
  const wrongHalf: { nonsense: 42 } = (await half.get()).data;
  const float: Float32Array = (await (await createArray(store, { shape: [2], dtype: "<f4" })).get()).data;
  const dates = await createArray(store, { shape: [2], dtype: "datetime64[ns]" });
  const date: BigInt64Array = (await dates.get()).data;
  const text: string[] = (await (await createArray(store, { shape: [2], dtype: "U8" })).get()).data;
  return [wrong, wrongHalf, float, date, text];
}

export async function namesOfTypes(store: MemoryStore, other: ZarrArray, name: string): Promise<unknown[]> {
  const widened = { shape: [2], dtype: "int32" };
  const group = await openGroup(store);
  return [
    await createArray(store, { shape: [2], dtype: other.dtype }),
    await createArray(store, { shape: [2], dtype: name }),
    await createArray(store, widened),
    await group.createArray({ shape: [2], dtype: ">i8" }),
    await createArray(store, { shape: [2], dtype: [["a", "<i4"]] }),
    await createArray(store, { shape: [2], dtype: { name: "int8" } }),
    // @ts-expect-error no data type has this name
    await createArray(store, { shape: [2], dtype: "floaat32" }),
    // @ts-expect-error nor in NumPy's notation
    await group.createArray({ shape: [2], dtype: "<f5" }),
    // @ts-expect-error a name that is compared with, too
    other.dtype === "int33",
  ];
}

export async function manyNodes(store: MemoryStore, other: ZarrArray, name: string): Promise<unknown[]> {
  const widened = { shape: [2], dtype: "int32" };
  return [
    await createHierarchy(store, { a: { shape: [2], dtype: "int32" }, "": { attributes: { b: 1 } } }),
    await createHierarchy(store, { a: { shape: [2], dtype: name }, b: { shape: [2], dtype: other.dtype }, c: widened }),
    await createHierarchy(store, new Map([["a", widened]])),
    await createHierarchy(store, {
      a: { shape: [2], dtype: [["a", "<i4"]] },
      b: { shape: [2], dtype: { name: "int8" } },
    }),
    // @ts-expect-error no data type has this name
    await createHierarchy(store, { a: { shape: [2], dtype: "floaat32" }, b: { shape: [2], dtype: "int8" } }),
    // @ts-expect-error a group has none
    await createHierarchy(store, { a: { dtype: "int8" } }),
  ];
}

export async function scalarsAndRegions(store: MemoryStore, unknown: ZarrArray<"float32">): Promise<unknown[]> {
  const line = await createArray(store, { shape: [2], dtype: "float32" });
  const table = await openArray<"float32", 2>("x.zip");
  const scalar: number = await line.get([0]);
  const cell: number = await table.get([0, 1]);
  const row: Float32Array = (await table.get([0])).data;
  const rows: Float32Array = (await unknown.get([slice(2)])).data;
  // @ts-expect-error a single index selects a row of a table
  const noScalar: number = await table.get([0]);
  // @ts-expect-error where the number of dimensions is not known it may be either
  const perhaps: number = await unknown.get([0]);
  const any: ZarrArray = table;
  return [scalar, cell, row, rows, noScalar, perhaps, any];
}

export async function everythingElse(): Promise<unknown> {
  const store = await ZipStore.open("x.zip", { mode: "w" });
  const pool = new WorkerPool({ workers: 1 });
  const array = await createArray(store, { shape: [1], dtype: "int8" });
  const data: Int8Array = (await pool.read(array)).data;
  for await (const { value } of pool.run<number>("data:text/javascript,", array, [1])) value.toFixed(data.length);
  await pool.close();
  return testBytesCodec;
}
