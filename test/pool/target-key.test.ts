import { expect, test } from "vitest";
import { targetKey } from "../../src/pool/target-key.js";

const nodeOf = (store: object) => ({ kind: "Array", path: "a", store: { kind: "ZipStore", ...store } });

test("bytes count by which they are, and are not written out", () => {
  const bytes = new Uint8Array(2 ** 26);
  const key = targetKey(nodeOf({ bytes }));
  expect(key.length).toBeLessThan(100);
  expect(targetKey(nodeOf({ bytes }))).toBe(key);
  expect(targetKey(nodeOf({ bytes: new Uint8Array(2 ** 26) }))).not.toBe(key);
  const blobs = [new Blob(["a"]), new Blob(["a"])].map((blob) => targetKey({ kind: "ZipStore", bytes: blob }));
  expect(blobs[0]).not.toBe(blobs[1]);
});

test("the query of a URL counts", () => {
  const signed = (query: string) =>
    targetKey(nodeOf({ url: "https://a/x", sharedUrl: new TextEncoder().encode(`https://a/x?${query}`).buffer }));
  expect(signed("sig=1")).toBe(signed("sig=1"));
  expect(signed("sig=1")).not.toBe(signed("sig=2"));
});

test("states without either are told apart by what they say", () => {
  expect(targetKey(nodeOf({ path: "/a" }))).not.toBe(targetKey(nodeOf({ path: "/b" })));
  expect(targetKey({ kind: "ZipStore", path: "/a" })).not.toBe(targetKey(nodeOf({ path: "/a" })));
});

test("the function that prepares requests counts", () => {
  const state = nodeOf({ url: "https://a/x" });
  const [one, other] = [(request: Request) => request, (request: Request) => request];
  expect(targetKey(state, one)).toBe(targetKey(state, one));
  expect(new Set([targetKey(state), targetKey(state, one), targetKey(state, other)]).size).toBe(3);
});
