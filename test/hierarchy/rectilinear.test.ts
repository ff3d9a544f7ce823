// Chunk grids of several lengths, by the examples of the extension's registry.
import { describe, expect, it } from "vitest";
import { createArray, type DimensionChunks, MemoryStore, openArray, slice } from "../../src/index.js";

const document = (chunkShapes: unknown, shape = [6, 6, 6, 6, 6], kind = "inline") => ({
  zarr_format: 3,
  node_type: "array",
  shape,
  data_type: "uint8",
  chunk_grid: { name: "rectilinear", configuration: { kind, chunk_shapes: chunkShapes } },
  chunk_key_encoding: { name: "default" },
  fill_value: 0,
  codecs: ["bytes"],
});

async function openDocument(json: unknown, chunks: Record<string, number[]> = {}) {
  const store = new MemoryStore();
  await store.set("zarr.json", new TextEncoder().encode(JSON.stringify(json)));
  for (const [key, bytes] of Object.entries(chunks)) await store.set(key, Uint8Array.from(bytes));
  return await openArray(store);
}

describe("a rectilinear chunk grid", () => {
  it("has the chunks of the registry's example: a number, lengths, runs, both, and more than the array needs", async () => {
    const array = await openDocument(document([4, [1, 2, 3], [[4, 2]], [[1, 3], 3], [4, 4, 4]]));
    expect(array.chunks).toEqual([4, 3, 4, 3, 4]);
    expect(array.chunkLengths).toEqual([
      4,
      [
        [1, 1],
        [2, 1],
        [3, 1],
      ],
      [[4, 2]],
      [
        [1, 3],
        [3, 1],
      ],
      [
        [4, 1],
        [4, 1],
        [4, 1],
      ],
    ]);
    expect((await array.getChunk([1, 2, 0, 3, 1])).shape).toEqual([4, 3, 4, 3, 4]);
    expect((await array.getChunk([0, 0, 1, 0, 0])).shape).toEqual([4, 1, 4, 1, 4]);
    await expect(array.getChunk([2, 0, 0, 0, 0])).rejects.toMatchObject({ code: "ERR_SELECTION" });
  });

  it("is read from chunks that were written by hand", async () => {
    const array = await openDocument(
      document(
        [
          [1, 2],
          [2, 3],
        ],
        [3, 4],
      ),
      {
        "c/0/0": [1, 2],
        "c/0/1": [3, 4, 99],
        "c/1/0": [5, 6, 9, 10],
        "c/1/1": [7, 8, 99, 11, 12, 99],
      },
    );
    expect([...((await array.get()).data as Uint8Array)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect([...((await array.get([slice(0, 3, 2), slice(1, 4, 2)])).data as Uint8Array)]).toEqual([2, 4, 10, 12]);
    expect([...((await array.getBlocks([1, 1])).data as Uint8Array)]).toEqual([7, 8, 11, 12]);
  });

  it("is written: each chunk has its own length, and the document what the caller gave", async () => {
    const store = new MemoryStore();
    const chunks = [[2, 3, 5], [[4, 2]]] as const;
    const data = Uint8Array.from({ length: 80 }, (_, i) => i);
    const array = await createArray(store, { shape: [10, 8], chunks, dtype: "uint8", compressors: null, data });
    expect((await store.get("c/1/1"))?.length).toBe(12);
    expect([...((await store.get("c/0/1")) ?? [])]).toEqual([4, 5, 6, 7, 12, 13, 14, 15]);
    expect(array.metadata.document.chunk_grid).toEqual({
      name: "rectilinear",
      configuration: { kind: "inline", chunk_shapes: [[2, 3, 5], [[4, 2]]] },
    });
    const again = await openArray(store);
    expect((await again.get()).data).toEqual(data);
    const copy = await createArray(new MemoryStore(), { shape: [10, 8], chunks: again.chunkLengths, dtype: "uint8" });
    expect(copy.chunkLengths).toEqual(again.chunkLengths);
  });

  it("takes no memory for chunks that a run repeats", async () => {
    const array = await openDocument(document([[[1, 2 ** 50], 5]], [2 ** 50 + 5]));
    expect(await array.get([2 ** 50 + 4])).toBe(0);
    expect(array.chunkLengths).toEqual([
      [
        [1, 2 ** 50],
        [5, 1],
      ],
    ]);
  });

  it.each<[string, unknown, string]>([
    ["lengths that do not reach the end", document([[2, 3]], [6]), "add up to at least 6"],
    ["a length of 0", document([[0, 6]], [6]), "an integer from 1 on"],
    ["a run of none", document([[[6, 0]]], [6]), "an integer from 1 on"],
    ["a run of three", document([[[6, 1, 1]]], [6]), "a length, or [length, count]"],
    ["another rank", document([[6]], [6, 6]), "a list of 2 members"],
    ["another kind", document([[6]], [6], "external"), '"inline"'],
  ])("is refused with %s", async (_, json, message) => {
    await expect(openDocument(json)).rejects.toMatchObject({
      code: "ERR_METADATA",
      message: expect.stringContaining(message),
    });
  });

  it("is refused where its lengths add up to more than a number holds", async () => {
    await expect(openDocument(document([[[2 ** 40, 2 ** 40]]], [6]))).rejects.toMatchObject({ code: "ERR_LIMIT" });
  });

  it("is not an option of Zarr format 2, nor of shards", async () => {
    const chunks: DimensionChunks[] = [[2, 4]];
    for (const options of [{ zarrFormat: 2 }, { shards: [6] }] as const) {
      const call = createArray(new MemoryStore(), { shape: [6], chunks, dtype: "uint8", ...options });
      await expect(call).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    }
  });
});
