// Values, promises, errors and states of another realm, as programs meet them in Jest, in Vitest's vm pools and in jsdom.
import vm from "node:vm";
import { MessageChannel, moveMessagePortToContext } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import {
  createArray,
  createHierarchy,
  isZarrError,
  MemoryStore,
  openArray,
  register,
  restore,
  ZipStore,
} from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const realm = vm.createContext({});
const other = (code: string) => vm.runInContext(`(${code})`, realm);
const folder = temporaryFolder();

async function stored(dtype: unknown, options: object): Promise<unknown[]> {
  const array = await createArray(new MemoryStore(), { shape: [2], chunks: [2], dtype, ...options } as never);
  return [...((await array.get()).data as Iterable<unknown>)];
}

test("the realm is another one", () => {
  expect(other("new Uint8Array(1)") instanceof Uint8Array).toBe(false);
});

describe("values of another realm", () => {
  test.each([
    ["int8", "Int8Array.of(-1, 2)", [-1, 2]],
    ["uint64", "BigUint64Array.of(1n, 2n)", [1n, 2n]],
    ["float32", "Float32Array.of(0.5, 2)", [0.5, 2]],
    ["bool", "Uint8Array.of(0, 1)", [0, 1]],
    ["S2", "Uint8Array.of(1, 2, 3, 4)", [1, 2, 3, 4]],
    ["V2", "Uint8Array.of(1, 2, 3, 4)", [1, 2, 3, 4]],
    ["U2", "['a', 'bc']", ["a", "bc"]],
    ["S2", "[Uint8Array.of(1), Uint8Array.of(2, 3)]", [1, 0, 2, 3]],
    [[["a", "<i2"]], "Uint8Array.of(1, 0, 2, 0)", [1, 0, 2, 0]],
    [[["a", "<i2"]], "[{ a: 1 }, { a: 2 }]", [1, 0, 2, 0]],
  ])("%j from %s", async (dtype, code, expected) => {
    expect(await stored(dtype, { data: other(code) })).toEqual(expected);
  });

  test("byte strings", async () => {
    const data = other("[Uint8Array.of(1), Uint8Array.of(2, 3)]");
    expect(await stored("bytes", { data })).toEqual([Uint8Array.of(1), Uint8Array.of(2, 3)]);
  });

  test("fill values", async () => {
    expect(await stored("S2", { fillValue: other("Uint8Array.of(1, 2)") })).toEqual([1, 2, 1, 2]);
    expect(await stored("bytes", { fillValue: other("Uint8Array.of(7)") })).toEqual([
      Uint8Array.of(7),
      Uint8Array.of(7),
    ]);
  });

  test("a chunk, attributes, a place to read into, and nodes by path", async () => {
    const store = new MemoryStore();
    const nodes = other("new Map([['a', { shape: [2], dtype: 'int16', attributes: { list: [1, { b: null }] } }]])");
    const array = (await createHierarchy(store, nodes)).get("a") as Awaited<ReturnType<typeof openArray>>;
    expect(array.attributes).toEqual({ list: [1, { b: null }] });
    await array.set(null, other("{ data: Int16Array.of(3, 9, 4), shape: [2], stride: [2] }"));
    const out = other("new Int16Array(2)");
    expect((await array.get(null, { out })).data).toBe(out);
    expect([...out]).toEqual([3, 4]);
    await expect(array.get(null, { out: other("new Int8Array(2)") })).rejects.toMatchObject({ code: "ERR_VALUE" });
  });
});

test("promises and errors of a codec", async () => {
  const codec = (name: string, decode: string) =>
    register({
      codec: {
        names: [name],
        kind: "bytes-to-bytes",
        create: () => ({
          name,
          kind: "bytes-to-bytes",
          configuration: {},
          maxEncodedSize: () => 64,
          encode: other("async (bytes) => bytes"),
          decode: other(decode),
        }),
      },
    } as never);
  codec("realm.same", "async (bytes) => bytes");
  codec("realm.fails", "async () => { throw new RangeError('not today'); }");
  const codecs = (name: string) => [
    { name: "bytes", configuration: { endian: "little" } },
    { name, configuration: {} },
  ];
  expect(await stored("int32", { codecs: codecs("realm.same"), data: [7, 9] })).toEqual([7, 9]);
  const failing = stored("int32", { codecs: codecs("realm.fails"), data: [7, 9] });
  await expect(failing).rejects.toMatchObject({
    code: "ERR_CODEC",
    message: expect.stringContaining('codec "realm.fails" failed: not today'),
  });
  expect(isZarrError(await failing.catch((error) => error))).toBe(true);
});

test("a state with a shared directory that a port of another realm delivers", async () => {
  const file = `${folder}/a.zip`;
  const store = await ZipStore.open(file, { mode: "w" });
  await createArray(store, { path: "x", shape: [2], dtype: "int8", data: [4, 5] });
  await store.close();
  const array = await openArray(file, { path: "x" });
  const { port1, port2 } = new MessageChannel();
  const moved = moveMessagePortToContext(port2, realm) as unknown as {
    onmessage(event: { readonly data: object }): void;
    start(): void;
  };
  const delivered = new Promise<object>((resolve) => {
    moved.onmessage = ({ data }) => resolve(data);
  });
  moved.start();
  port1.postMessage(array.getState({ share: true }));
  const state = await delivered;
  port1.close();
  const restored = (await restore(state)) as typeof array;
  expect([...((await restored.get()).data as Int8Array)]).toEqual([4, 5]);
  await restored.close();
  await array.close();
});
