import { collidingNames } from "./colliding-names.mjs";
import { Log, Register } from "./model.mjs";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Text of a length that does not depend on the value, so that values lie where others have lain. */
export const bytesOf = (value) => encoder.encode(String(value).padStart(6));
export const numberOf = (bytes) => (bytes === undefined ? null : Number(decoder.decode(bytes)));
export const bytesOfList = (list) => encoder.encode(list.join(","));
export const listOf = (bytes) => (bytes === undefined ? [] : decoder.decode(bytes).split(",").map(Number));

const raw = [{ name: "bytes", configuration: { endian: "little" } }];
const gzip = [...raw, { name: "gzip", configuration: { level: 1 } }];

/** Arrays that rows are appended to, and arrays that are written as a whole. */
const arrays = {
  plain: { shape: [0, 2], chunks: [3, 2], codecs: raw },
  packed: { shape: [0, 2], chunks: [3, 2], codecs: gzip },
  wide: { shape: [0, 2], chunks: [4, 1], codecs: raw },
  even: { shape: [12], chunks: [1], codecs: raw },
  packedEven: { shape: [12], chunks: [1], codecs: gzip },
  cut: { shape: [8], chunks: [1], codecs: raw },
};

/** The element of `cut` that is written, and goes when the array is cut to half of its length. */
export const cutElement = 6;

/** An append's tag says how many rows it has: so many at most. */
const rowsAtMost = 4;
export const rowsOfTag = (tag) => tag % rowsAtMost || rowsAtMost;

/** What an archive may have, by name: how it is made, how it is read, and what it is for those who check it. */
const parts = {
  value: {
    place: Register,
    make: (name, { store }) => store.set(name, bytesOf(0)),
    read: async (name, { store }) => numberOf(await store.get(name)),
  },
  pair: {
    place: Register,
    make: (name, { store }) => store.setMany([`${name}/a`, `${name}/b`].map((key) => [key, bytesOf(0)])),
    read: async (name, { store }) => {
      const [a, b] = [numberOf(await store.get(`${name}/a`)), numberOf(await store.get(`${name}/b`))];
      return a === b ? a : `${a} and ${b}`;
    },
  },
  names: {
    place: Register,
    make: (prefix, { store }) => store.setMany(collidingNames(prefix)[0].map((key) => [key, bytesOf(0)])),
    read: async (prefix, { store }) => await listingOf(prefix, store),
  },
  log: {
    place: Log,
    make: () => undefined,
    read: async (name, { store }) => listOf(await store.get(name)),
  },
  rows: { place: Log, make: makeArray, read: async (name, files) => rowsOf(await readArray(name, files)) },
  whole: { place: Register, make: makeArray, read: async (name, files) => evenOf(await readArray(name, files)) },
  element: {
    place: Register,
    make: makeArray,
    read: async (name, files) => (await readArray(name, files)).data[cutElement] ?? 0,
  },
};

async function makeArray(path, { store, createArray }) {
  await createArray(store, { path, dtype: "int32", ...arrays[path] });
}

async function readArray(path, { store, openArray }) {
  return await (await openArray(store, { path })).get(null);
}

/** An archive that all processes of a scenario use, with what it must hold. */
export class Archive {
  path;
  /** By name: `{ kind, place }`. */
  parts = new Map();
  #world;

  /** @param content - names of what it holds, by kind: see `parts` above */
  constructor(world, path, content) {
    this.path = path;
    this.#world = world;
    for (const [kind, names] of Object.entries(content)) {
      for (const name of names) {
        const place = new parts[kind].place(name, (text) => world.violate(text), 0);
        this.parts.set(name, { kind, place: world.remember(place) });
      }
    }
  }

  place(name) {
    return this.parts.get(name).place;
  }

  /** Names of what is of some kinds. */
  names(...kinds) {
    return [...this.parts].flatMap(([name, { kind }]) => (kinds.includes(kind) ? [name] : []));
  }

  /** Creates it, with the first values. */
  async create({ zarrzip }) {
    const store = await zarrzip.ZipStore.open(this.path, { mode: "w" });
    for (const [name, { kind }] of this.parts) await parts[kind].make(name, { store, ...zarrzip });
    await store.close();
  }

  async read(name, process, store) {
    return await parts[this.parts.get(name).kind].read(name, { ...process.zarrzip, store });
  }

  /** Reads everything in one version, and checks it. @param from - when that version was the newest, at the earliest */
  async check(process, store, from, until) {
    const seen = {};
    for (const name of this.parts.keys()) seen[name] = await this.read(name, process, store);
    if (!process.isAlive) return seen;
    for (const [name, { place }] of this.parts) place.check(seen[name], from, until ?? this.#world.now, process.name);
    return seen;
  }
}

/** The tags of an array's rows, one for each append, if it has all of its rows one after the other. */
function rowsOf({ data, shape: [rows, columns] }) {
  const list = [];
  for (let row = 0; row < rows; ) {
    const tag = data[row * columns];
    const count = rowsOfTag(tag);
    const isOwn = (_, i) => data[(row + i) * columns] === tag && data[(row + i) * columns + 1] === tag;
    list.push(Array.from({ length: count }, isOwn).every(Boolean) ? tag : `${tag} in part`);
    row += count;
  }
  return list;
}

/** Which of the colliding lists of names values have: 0 or 1. */
export async function listingOf(prefix, values) {
  const names = [];
  for await (const name of values.list(prefix)) names.push(name);
  const text = names.sort().join(" ");
  const found = collidingNames(prefix).findIndex((list) => [...list].sort().join(" ") === text);
  return found < 0 ? text : found;
}

/** The value that all elements have. */
function evenOf({ data }) {
  const values = new Set(data);
  return values.size === 1 ? data[0] : [...values].join(" and ");
}
