import { type BuiltEntry, buildArchive, bytesOf } from "../zip/build-archive.js";

type Members = Readonly<Record<string, unknown>>;

/** A v3 array of one chunk of 16 bytes, with other members where `changes` names them. */
export function arrayDocument(changes: Members = {}): string {
  const document = {
    zarr_format: 3,
    node_type: "array",
    shape: [16],
    data_type: "uint8",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [16] } },
    chunk_key_encoding: { name: "default" },
    fill_value: 0,
    codecs: ["bytes"],
    ...changes,
  };
  return JSON.stringify(document);
}

/** The same in Zarr format 2. */
export function arrayDocumentV2(changes: Members = {}): string {
  const document = {
    zarr_format: 2,
    shape: [16],
    chunks: [16],
    dtype: "|u1",
    compressor: null,
    filters: null,
    fill_value: 0,
    order: "C",
    ...changes,
  };
  return JSON.stringify(document);
}

/** An archive with this `zarr.json`, and a chunk if one is given. */
export function archiveOf(document: string | Uint8Array, chunk?: Uint8Array | Partial<BuiltEntry>): Uint8Array {
  const metadata = { name: "zarr.json", payload: typeof document === "string" ? bytesOf(document) : document };
  if (chunk === undefined) return buildArchive([metadata]);
  const entry = chunk instanceof Uint8Array ? { payload: chunk } : chunk;
  return buildArchive([metadata, { name: "c/0", ...entry }]);
}

/** As {@link archiveOf}, of a `.zarray`. */
export function archiveOfV2(document: string, chunk?: Uint8Array): Uint8Array {
  const entries = [{ name: ".zarray", payload: bytesOf(document) }];
  return buildArchive(chunk === undefined ? entries : [...entries, { name: "0", payload: chunk }]);
}

/** An archive of an array with these codecs behind `bytes`, and this chunk. */
export function encodedChunk(codecs: readonly unknown[], chunk: Uint8Array): Uint8Array {
  return archiveOf(arrayDocument({ codecs: ["bytes", ...codecs] }), chunk);
}

/** Bytes from hexadecimal digits, with blanks where they help. */
export function hex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits.replaceAll(" ", ""), "hex"));
}

/** A 32-bit number, little-endian. */
export function uint32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}
