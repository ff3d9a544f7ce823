// What a ZIP holds, as JSON: everywhere the same program, so that what one environment reads can be compared with what another does.
import { isZarrError, open, ZipStore } from "zarrzip";
import { digest } from "./digest.mjs";

/** Keys with a digest of their values, and arrays with one of their elements; or the code of the error. */
export async function readEverything(input) {
  try {
    const store = await ZipStore.open(input);
    const values = {};
    for await (const key of store.list()) values[key] = await outcome(async () => digest([await store.get(key)]));
    const nodes = await outcome(() => nodesOf(store));
    await store.close();
    return { values, nodes };
  } catch (error) {
    return told(error);
  }
}

async function nodesOf(store) {
  const root = await open(store);
  const nodes = { "": await describe(root) };
  const members = "members" in root ? await root.members({ maxDepth: 9 }) : [];
  for (const node of members) nodes[node.path] = await describe(node);
  return nodes;
}

async function describe(node) {
  if ("error" in node) return told(node.error);
  if ("members" in node) return "group";
  const { dtype, shape } = node;
  return { dtype, shape, data: await outcome(async () => digest(await elementsOf(node))) };
}

async function elementsOf(array) {
  const found = await array.get();
  const data = found?.data ?? [found];
  // Half precision is in a type of its own where there is one.
  if (array.dtype === "float16") return [bytesOf(Float32Array.from(data))];
  return ArrayBuffer.isView(data) ? [bytesOf(data)] : Array.from(data, textOf);
}

function bytesOf({ buffer, byteOffset, byteLength }) {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function textOf(value) {
  if (ArrayBuffer.isView(value)) return bytesOf(value);
  return JSON.stringify(value, (_, member) => (typeof member === "bigint" ? `${member}n` : member)) ?? "undefined";
}

async function outcome(read) {
  try {
    return await read();
  } catch (error) {
    return told(error);
  }
}

function told(error) {
  if (isZarrError(error)) return { error: error.code };
  throw error;
}
