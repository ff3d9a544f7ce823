import { readFileSync } from "node:fs";
import { FileSource } from "../../src/bytes/file.js";
import { defaultLimits } from "../../src/bytes/limits.js";
import { parseNodeV3 } from "../../src/metadata/any-document.js";
import type { NodeMetadata } from "../../src/metadata/node-metadata.js";
import { parseArrayV2, parseGroupV2 } from "../../src/metadata/v2.js";
import { Directory } from "../../src/zip/directory.js";
import { readEntry } from "../../src/zip/entry-reader.js";

const folder = new URL("../fixtures/golden/", import.meta.url);

export interface GoldenArray {
  file: string;
  path: string;
  zarr_format: 2 | 3;
  shape: number[];
  chunks: number[];
  shards: number[] | null;
  metadata_dtype: unknown;
  fill_value_json: string;
  attributes_json: string;
  dimension_names: (string | null)[] | null;
}

export interface GoldenGroup {
  file: string;
  path: string;
  zarr_format: 2 | 3;
  attributes_json: string;
  all_members: [path: string, nodeType: "array" | "group"][];
}

export const manifest: { arrays: GoldenArray[]; groups: GoldenGroup[] } = JSON.parse(
  readFileSync(new URL("manifest.json", folder), "utf8"),
);

/** Reads one value of a golden file. */
export async function goldenValue(file: string, key: string): Promise<Uint8Array | undefined> {
  const source = await FileSource.open(new URL(file, folder).pathname);
  try {
    const directory = await Directory.read(source);
    const row = directory.find(key);
    return row < 0 ? undefined : await readEntry(source, directory, row);
  } finally {
    await source.close();
  }
}

/** The node at `path` of a golden file, from its own documents; v3 first, as when no format is asked for. */
export async function goldenNode(file: string, path = "", limits = defaultLimits): Promise<NodeMetadata> {
  const value = (name: string) => goldenValue(file, path === "" ? name : `${path}/${name}`);
  const v3 = await value("zarr.json");
  if (v3 !== undefined) return parseNodeV3(v3, limits);
  const attributes = await value(".zattrs");
  const array = await value(".zarray");
  if (array !== undefined) return parseArrayV2(array, attributes, limits);
  return parseGroupV2((await value(".zgroup"))!, attributes, limits);
}
