import { Readable } from "node:stream";
import { ZarrError } from "../errors.js";
import { encodeName } from "../zip/entry-name.js";
import { fixedSize } from "../zip/records.js";

/** An entry to be written. */
export interface ExportedEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The longest buffer that yazl takes, in bytes. */
const maxEntryBytes = 0x3fffffff;

/** 1980-01-01; yazl writes what a clock on the wall would show. */
const earliestTime = new Date(1980, 0, 1);

/**
 * An archive as a stream, for outputs that cannot seek. Entries are stored, in the order in which they come, and the next
 * one is asked for only when the last one has been taken: memory stays bounded by one entry and the directory. yazl takes
 * time with the square of the number of entries, which shows from some 10,000 on.
 *
 * The stream fails with ZarrError `ERR_ARGUMENT` for a name that no entry can have, with `ERR_LIMIT` for a value of 1 GiB
 * or more, and with whatever `entries` throws.
 */
export function exportArchive(entries: AsyncIterable<ExportedEntry>): Readable {
  return Readable.from(archiveBytes(entries), { objectMode: false });
}

async function* archiveBytes(entries: AsyncIterable<ExportedEntry>): AsyncGenerator<Uint8Array> {
  const { default: yazl } = await import("yazl");
  const archive = new yazl.ZipFile();
  const output = archive.outputStream as Readable;
  const options = { compress: false, mtime: earliestTime, forceDosTimestamp: true, mode: 0o100644 };
  let added = 0;
  let taken = 0;
  for await (const { name, bytes } of entries) {
    if (bytes.length > maxEntryBytes) {
      const message = `${JSON.stringify(name)} has ${bytes.length} bytes, more than the ${maxEntryBytes} that can be streamed`;
      throw new ZarrError("ERR_LIMIT", message, { key: name });
    }
    try {
      archive.addBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), name, options);
    } catch (cause) {
      const message = `no entry can be called ${JSON.stringify(name)}: ${(cause as Error).message}`;
      throw new ZarrError("ERR_ARGUMENT", message, { key: name }, cause);
    }
    added += fixedSize.localHeader + encodeName(name).length + bytes.length;
    while (taken < added) {
      const chunk: Buffer | null = output.read();
      if (chunk === null) {
        await new Promise((resolve) => output.once("readable", resolve));
        continue;
      }
      taken += chunk.length;
      yield chunk;
    }
  }
  archive.end();
  yield* output;
}
