// What a pool gives of a file, as JSON: in Node and in a page the same program. Without a pool it is what the arrays themselves give.
import { createArray, isZarrError, MemoryStore, openGroup, slice } from "zarrzip";
import { digest } from "./digest.mjs";

/** @param pool - left out, nothing is read by workers */
export async function readByPool(input, pool) {
  const group = await openGroup(input);
  const found = {};
  for (const array of await group.members()) {
    const read = (selection) => (pool ? pool.read(array, selection) : array.get(selection));
    const windows = [[slice(100, 700)], [slice(0, 600), slice(10, 900, 3)]];
    found[array.path] = {
      whole: await outcome(group, async () => digestOf(await read(null))),
      windows: await outcome(group, async () => {
        const regions = await (pool ? pool.readMany(array, windows) : array.getMany(windows));
        return regions.map(digestOf);
      }),
      chunks: await outcome(group, async () => {
        const digests = [];
        for await (const { data } of chunksOf(array, pool)) digests.push(digestOf(data));
        return digests;
      }),
    };
  }
  await group.close();
  return found;
}

async function* chunksOf(array, pool) {
  if (pool) yield* pool.chunks(array);
  else {
    const [rows, columns] = array.shape.map((length, d) => Math.ceil(length / (array.shards ?? array.chunks)[d]));
    for (let i = 0; i < rows * columns; i++)
      yield { data: await array.getChunk([Math.floor(i / columns), i % columns]) };
  }
}

/** What is written into memory by workers, read without them. */
export async function writeByPool(pool) {
  const array = await createArray(new MemoryStore(), {
    shape: [1000, 1000],
    chunks: [100, 1000],
    dtype: "uint16",
    compressors: "gzip",
  });
  const values = Uint16Array.from({ length: 1_000_000 }, (_, i) => i % 12_345);
  await (pool ? pool.write(array, null, values) : array.set(null, values));
  return digestOf(await array.get());
}

/** How a pool ends what is aborted, and what its workers do not survive. */
export async function failures(input, pool, deadlyTask) {
  const array = await openGroup(input).then((group) => group.members().then(([first]) => first));
  const reason = await pool.read(array, null, { signal: AbortSignal.abort("not wanted") }).catch(String);
  const controller = new AbortController();
  const onProgress = () => controller.abort("enough");
  const late = await pool.read(array, null, { signal: controller.signal, onProgress }).catch(String);
  const again = digestOf(await pool.read(array));
  const deaths = deadlyTask && (await outcome(undefined, () => pool.run(deadlyTask, undefined, [1]).next()));
  return { reason, late, again, ...(deaths && { deaths: deaths.error }) };
}

function digestOf({ data: { buffer, byteOffset, byteLength } }) {
  return digest([new Uint8Array(buffer, byteOffset, byteLength)]);
}

async function outcome(group, act) {
  try {
    return await act();
  } catch (error) {
    if (!isZarrError(error)) throw error;
    return { error: error.code, message: error.message.replaceAll(group?.store.path, "FILE") };
  }
}
