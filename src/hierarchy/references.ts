import { encodeBase64 } from "../bytes/base64.js";
import { checkOptions } from "../bytes/check-options.js";
import { describe } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { ZipStore } from "../store/zip/zip-store.js";
import { inOrder } from "./in-order.js";
import type { Progress } from "./read-selection.js";

/** Options of {@link references}. */
export interface ReferencesOptions {
  /** The URL or path by which readers find the file. Default the store's own. */
  readonly url?: string;
  /**
   * Values up to this size, in bytes, are written into the result instead. Default 500. Documents always are. zarrita reads shards rightly only
   * where they are not.
   */
  readonly inlineBytes?: number;
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each value. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * The places of the values of a Zarr hierarchy, as kerchunk writes them, and fsspec's `ReferenceFileSystem` and zarrita's `ReferenceStore` read them.
 */
export interface References {
  /** Version of kerchunk's form. */
  readonly version: 1;
  /** By key: a text, or behind `base64:` the bytes of a value; or where they are, `[url, offset, length]`, both in bytes. */
  readonly refs: Readonly<Record<string, string | readonly [url: string, offset: number, length: number]>>;
}

const defaultInlineBytes = 500;

/** Local headers that are read at once. */
const readsAtOnce = 32;

/** Compression method of an entry that is stored as it is (APPNOTE 4.4.5). */
const stored = 0;

/**
 * The places of the values in a ZIP file, so that programs that know nothing of ZIP can read them by ranges. What has been committed is
 * referred to; a later commit keeps it in its place, `repack` does not.
 *
 * @throws ZarrError `ERR_UNSUPPORTED` - a value is compressed by the ZIP, and is not small: `exportZip` writes a file in which none is
 * @throws ZarrError `ERR_DIRTY` - a new store that has not been flushed
 * @throws ZarrError `ERR_ARGUMENT` - no `ZipStore`; `ERR_ZIP`, `ERR_CHECKSUM` - an entry is damaged
 * @see https://fsspec.github.io/kerchunk/spec.html
 * @example
 * ```js
 * import { createArray, references, ZipStore } from "zarrzip";
 *
 * const store = await ZipStore.open("a.zarr.zip", { mode: "w" });
 * const data = Uint8Array.from({ length: 1000 }, (_, i) => i);
 * await createArray(store, { shape: [1000], chunks: [1000], dtype: "uint8", compressors: null, data });
 * await store.flush();
 * const { refs } = await references(store, { url: "https://example.org/a.zarr.zip" });
 * console.log(refs["c/0"][0], refs["c/0"][2]); // https://example.org/a.zarr.zip 1000
 * await store.close();
 * ```
 */
export async function references(store: ZipStore, options: ReferencesOptions = {}): Promise<References> {
  if (!(store instanceof ZipStore)) {
    throw new ZarrError("ERR_ARGUMENT", `${describe(store as never)} was given, expected a ZipStore`);
  }
  checkOptions(options, { url: "any", inlineBytes: "size", signal: "signal", onProgress: "function" });
  const { url = store.path, inlineBytes = defaultInlineBytes, signal, onProgress } = options;
  const refs = await store.inArchive(async (archive) => {
    const found: [key: string, reference: References["refs"][string]][] = [];
    const { directory } = archive;
    const rows = [...directory.columns().isCurrent.keys()].filter((row) => directory.columns().isCurrent[row] === 1);
    let done = 0;
    const referTo = async (row: number): Promise<References["refs"][string]> => {
      const { size, method } = directory.entry(row);
      const name = directory.name(row);
      if (isDocument(name) || size <= inlineBytes)
        return textOf((await archive.get(name, store.limits.readBytes, signal)) ?? new Uint8Array());
      if (method === stored) return [url, await archive.payloadOffset(row, signal), size];
      const message = `the entry ${JSON.stringify(name)} of ${store.path} is compressed by the ZIP, and cannot be referred to: write a file whose entries are stored, by zarrzip pack or exportZip()`;
      throw new ZarrError("ERR_UNSUPPORTED", message, { file: store.path, key: name });
    };
    const add = (reference: References["refs"][string], row: number) => {
      found.push([directory.name(row), reference]);
      onProgress?.({ done: ++done, total: rows.length });
    };
    await inOrder(rows, readsAtOnce, referTo, add, signal);
    return found;
  });
  if (refs === undefined) {
    const message = `${store.path} has not been written yet: flush the store first`;
    throw new ZarrError("ERR_DIRTY", message, { file: store.path });
  }
  return { version: 1, refs: Object.fromEntries(refs) };
}

function isDocument(name: string): boolean {
  return /(^|\/)(zarr\.json|\.z(array|group|attrs|metadata))$/.test(name);
}

/** A value as kerchunk writes it within JSON. */
function textOf(value: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value);
    if (!text.startsWith("base64:")) return text;
  } catch {
    // no text
  }
  return `base64:${encodeBase64(value)}`;
}
