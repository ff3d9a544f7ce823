// A document that differs from a known one in the shape alone says what a parse of the whole says, and nothing else changes in its text.
import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/bytes/limits.js";
import type { LoadedNode } from "../../src/hierarchy/load-node.js";
import { reshaped, withStoredShape } from "../../src/hierarchy/stored-shape.js";
import { parseNodeV3 } from "../../src/metadata/any-document.js";
import type { ArrayMetadata } from "../../src/metadata/node-metadata.js";
import { parseArrayV2 } from "../../src/metadata/v2.js";

const rest = `"data_type":"int8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[4,3]}},"chunk_key_encoding":{"name":"default"},"fill_value":0,"codecs":[{"name":"bytes"}]`;

/** Documents with the shape at @. */
const layouts: Record<string, string> = {
  "on one line": `{"zarr_format":3,"node_type":"array","shape":@,${rest}}`,
  "with the shape last, and escapes": String.raw`{"zarr_format": 3, "node_type": "array", "attributes": {"shape": [9, 9], "a\"b": "\"shape\": [1]", "\u0073hape": 1}, ${rest}, "shape" : @ }`,
  "with two shapes, of which the last counts": `{"shape":[1,1],"zarr_format":3,"node_type":"array",${rest},"shape":@}`,
  "with an escaped name": String.raw`{"zarr_format":3,"node_type":"array","sh\u0061pe":@,${rest}}`,
};

function loaded(text: string): LoadedNode<ArrayMetadata> {
  return { metadata: parseNodeV3(text) as ArrayMetadata, documents: { "zarr.json": text } };
}

describe.each(Object.entries(layouts))("a document %s", (_, layout) => {
  const known = loaded(layout.replace("@", "[5, 3]"));

  test("is written with another shape, and nothing else", () => {
    expect(withStoredShape(known, [12, 3], defaultLimits).documents["zarr.json"]).toBe(layout.replace("@", "[12,3]"));
  });

  test("that has not changed stays as it is", () => {
    expect(withStoredShape(known, [5, 3], defaultLimits)).toBe(known);
  });

  test.each(["[12,3]", " [ 12 ,\n 3 ] ", "[0,3]"])("is read with the shape %s", (shape) => {
    const text = layout.replace("@", shape);
    const found = reshaped(known, { "zarr.json": text }, defaultLimits);
    expect(found?.metadata.document).toEqual(loaded(text).metadata.document);
    expect(found?.metadata.shape).toEqual(loaded(text).metadata.shape);
  });

  test.each(["[12]", "[-1,3]", '"12"', "[1.5,3]", '[1,3],"fill_value":1', "[1,3", "[1,3]]", "", "null", "{}"])(
    "with %s for a shape is left to a parse of the whole",
    (shape) => {
      expect(reshaped(known, { "zarr.json": layout.replace("@", shape) }, defaultLimits)).toBeUndefined();
    },
  );

  test("that differs elsewhere is left to a parse of the whole", () => {
    const text = layout.replace("@", "[12,3]").replace("int8", "int4");
    expect(reshaped(known, { "zarr.json": text }, defaultLimits)).toBeUndefined();
  });
});

test("other attributes are not overlooked in Zarr format 2", () => {
  const text = (shape: string) =>
    `{"zarr_format":2,"shape":${shape},"chunks":[4],"dtype":"|i1","fill_value":0,"order":"C","filters":null,"compressor":null}`;
  const documents = { ".zarray": text("[5]"), ".zattrs": '{"a":1}' };
  const known = { metadata: parseArrayV2(documents[".zarray"], documents[".zattrs"]), documents };
  const found = reshaped(known, { ".zarray": text("[7]"), ".zattrs": '{"a":1}' }, defaultLimits);
  expect([found?.metadata.shape, found?.metadata.attributes]).toEqual([[7], { a: 1 }]);
  expect(reshaped(known, { ".zarray": text("[7]"), ".zattrs": '{"a":2}' }, defaultLimits)).toBeUndefined();
  expect(reshaped(known, { ".zarray": text("[7]") }, defaultLimits)).toBeUndefined();
});
