// Any series of operations on a hierarchy gives the nodes that the same series gives in a Map of paths.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  consolidateMetadata,
  createArray,
  createGroup,
  DirectoryStore,
  MemoryStore,
  open,
  openArray,
  openGroup,
  type Store,
} from "../../src/index.js";
import { SharedValues } from "../hierarchy/shared-values.js";
import { runs } from "../long.js";
import { temporaryFolder } from "../temporary-folder.js";

/** What a node is: the values of an array, or nothing for a group; and its attributes. */
interface ModelNode {
  readonly values?: number[];
  readonly attributes: Record<string, number>;
}
type Model = Map<string, ModelNode>;

const folder = temporaryFolder();
let names = 0;

const path = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
const above = (of: string) => of.split("/").map((_, i, segments) => segments.slice(0, i).join("/"));
const isBelow = (name: string, base: string) => base === "" || name === base || name.startsWith(`${base}/`);

type Step = (model: Model, store: Store, zarrFormat: 2 | 3) => Promise<void>;

/** Creates a node in both, or in neither. */
function creating(
  at: string,
  overwrite: boolean,
  node: ModelNode,
  create: (store: Store, format: 2 | 3) => Promise<unknown>,
): Step {
  return async (model, store, zarrFormat) => {
    const isRefused =
      above(at).some((parent) => model.get(parent)?.values !== undefined) || (model.has(at) && !overwrite);
    const outcome = await create(store, zarrFormat).then(
      () => "created",
      (error) => error.code,
    );
    expect(outcome).toBe(isRefused ? "ERR_EXISTS" : "created");
    if (isRefused) return;
    for (const name of [...model.keys()]) if (isBelow(name, at)) model.delete(name);
    for (const parent of above(at)) if (!model.has(parent)) model.set(parent, { attributes: {} });
    model.set(at, node);
  };
}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(path, fc.boolean())
    .map(([at, overwrite]) =>
      creating(at, overwrite, { attributes: {} }, (store, zarrFormat) =>
        createGroup(store, { path: at, overwrite, zarrFormat }),
      ),
    ),
  fc
    .tuple(path, fc.boolean(), fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 5 }))
    .map(([at, overwrite, data]) =>
      creating(at, overwrite, { values: data, attributes: {} }, (store, zarrFormat) =>
        createArray(store, { path: at, overwrite, zarrFormat, shape: [data.length], chunks: [2], dtype: "int8", data }),
      ),
    ),
  fc.tuple(path, fc.constantFrom("x", "y"), fc.nat(9)).map(
    ([at, name, value]): Step =>
      async (model, store) => {
        const node = model.get(at);
        if (node === undefined) return;
        await (await open(store, { path: at })).setAttributes({ [name]: value });
        model.set(at, { ...node, attributes: { ...node.attributes, [name]: value } });
      },
  ),
  fc.tuple(path, fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 7 })).map(
    ([at, rows]): Step =>
      async (model, store) => {
        const node = model.get(at);
        if (node?.values === undefined) return;
        const start = node.values.length;
        const end = start + rows.length;
        expect(await (await openArray(store, { path: at })).append(rows)).toEqual({ start, end });
        model.set(at, { ...node, values: [...node.values, ...rows] });
      },
  ),
  fc.tuple(path, fc.nat(9)).map(
    ([at, length]): Step =>
      async (model, store) => {
        const node = model.get(at);
        if (node?.values === undefined) return;
        await (await openArray(store, { path: at })).resize([length]);
        const kept = node.values.slice(0, length);
        model.set(at, { ...node, values: [...kept, ...new Array(length - kept.length).fill(0)] });
      },
  ),
  path.map(
    (at): Step =>
      async (model, store) => {
        const outcome = await (await openGroup(store, { path: "" })).delete(at).then(
          () => "deleted",
          (error) => error.code,
        );
        expect(outcome).toBe(model.has(at) ? "deleted" : "ERR_NOT_FOUND");
        for (const name of [...model.keys()]) if (isBelow(name, at)) model.delete(name);
      },
  ),
  fc.tuple(fc.constantFrom("", "a", "a/b"), fc.nat(2)).map(
    ([at, maxDepth]): Step =>
      async (model, store) => {
        if (model.get(at)?.values !== undefined || !model.has(at)) return;
        const below = [...model.keys()].filter((name) => name !== at && isBelow(name, at));
        const depth = (name: string) => name.slice(at.length).split("/").length - (at === "" ? 1 : 2);
        const members = await (await openGroup(store, { path: at })).members({ maxDepth });
        expect(members.map((node) => node.path).sort()).toEqual(below.filter((name) => depth(name) <= maxDepth).sort());
      },
  ),
);

async function contents(
  members: Awaited<ReturnType<Awaited<ReturnType<typeof openGroup>>["members"]>>,
): Promise<Model> {
  const found: Model = new Map();
  for (const node of members) {
    if ("error" in node) throw node.error;
    const attributes = node.attributes as Record<string, number>;
    if (!("shape" in node)) found.set(node.path, { attributes });
    else found.set(node.path, { values: Array.from((await node.get()).data as Int8Array), attributes });
  }
  return found;
}

const kinds: Record<string, [() => Promise<Store>, (store: Store) => Promise<Store>]> = {
  MemoryStore: [async () => new MemoryStore(), async (store) => store],
  DirectoryStore: [
    () => DirectoryStore.open(`${folder}/${names++}`, { mode: "w-" }),
    ({ path }) => DirectoryStore.open(path, { mode: "r+" }),
  ],
  "a store whose flush makes all changes again": [
    async () => new SharedValues().writer(),
    async (store) => {
      await store.flush();
      return store;
    },
  ],
};

describe.each(Object.entries(kinds))("%s", (_, [create, reopen]) => {
  test.each([2, 3] as const)(
    "format %d: nodes are those of the model, also once it is opened again, and consolidated",
    async (zarrFormat) => {
      const series = fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const store = await create();
        await createGroup(store, { zarrFormat });
        const model: Model = new Map([["", { attributes: {} }]]);
        for (const run of steps) await run(model, store, zarrFormat);
        const again = await reopen(store);
        const maxDepth = Number.POSITIVE_INFINITY;
        model.delete("");
        expect(await contents(await (await openGroup(again)).members({ maxDepth }))).toEqual(model);
        expect(await contents(await (await consolidateMetadata(again)).members({ maxDepth }))).toEqual(model);
      });
      await fc.assert(series, { numRuns: runs(5, 25) });
    },
  );
});
