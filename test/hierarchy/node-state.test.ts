import { expect, test } from "vitest";
import { modulesOf } from "../../src/hierarchy/node-state.js";
import { type CodecEntry, register } from "../../src/index.js";

test("modules: those of custom codecs, also within the configuration of a shard, each once", () => {
  const entry = (name: string) => ({ names: [name] }) as unknown as CodecEntry;
  register({ codec: entry("example.outer") }, { module: "file:///outer.mjs" });
  register({ codec: entry("example.inner") }, { module: "file:///inner.mjs" });
  const inner = [{ name: "bytes" }, { name: "example.inner" }, { name: "example.inner", configuration: { level: 1 } }];
  const codecs = [
    {
      name: "sharding_indexed",
      configuration: { chunk_shape: [1], codecs: inner, index_codecs: [{ name: "example.outer" }] },
    },
    { name: "gzip", configuration: { level: 1 } },
  ];
  expect(modulesOf({ codecs, document: {} })).toEqual(["file:///inner.mjs", "file:///outer.mjs"]);
});
