// Archives put together byte by byte, without the package under test, so that each field can lie.
import { crc32 } from "node:zlib";

/** Numbers by the offset of the field in its record. */
type Fields = Readonly<Record<number, number>>;

/** An entry; what `local` and `central` name overrules the truth in that header alone. */
export interface BuiltEntry {
  readonly name: string | Uint8Array;
  /** Bytes in the file. */
  readonly payload?: Uint8Array | undefined;
  /** The value, where it is not the payload: its size and CRC-32 go into both headers. */
  readonly value?: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  readonly local?: Fields;
  readonly central?: Fields;
  readonly localExtra?: Uint8Array;
  readonly centralExtra?: Uint8Array;
  readonly entryComment?: Uint8Array;
  /** Leaves out the local header and the payload. */
  readonly centralOnly?: boolean;
}

export interface BuiltArchive {
  readonly prefix?: Uint8Array;
  readonly comment?: Uint8Array;
  /** Overrules fields of the end record. */
  readonly end?: Fields;
  /** Adds the ZIP64 end record and locator; overrules fields of the record. */
  readonly zip64?: Readonly<Record<number, bigint>>;
  /** Bytes after the central directory. */
  readonly gap?: Uint8Array;
}

const utf8 = new TextEncoder();

/** Bytes of a text in UTF-8. */
export function bytesOf(text: string): Uint8Array {
  return utf8.encode(text);
}

/** One after the other. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** An extra field: identifier, data size, data. */
export function extra(id: number, data: Uint8Array): Uint8Array {
  return concat(
    record(
      4,
      [
        [0, 2, id],
        [2, 2, data.length],
      ],
      {},
    ),
    data,
  );
}

/** 64-bit numbers, little-endian. */
export function uint64s(...values: bigint[]): Uint8Array {
  const bytes = Buffer.alloc(8 * values.length);
  values.forEach((value, i) => {
    bytes.writeBigUInt64LE(value, 8 * i);
  });
  return new Uint8Array(bytes);
}

/** A stored entry whose local header has the ZIP64 field, as Python's zipfile writes it where it is told to. */
export function zip64Entry(name: string, text: string): BuiltEntry {
  const payload = bytesOf(text);
  const size = BigInt(payload.length);
  return { name, payload, localExtra: extra(1, uint64s(size, size)) };
}

export function buildArchive(entries: readonly BuiltEntry[], options: BuiltArchive = {}): Uint8Array {
  const { prefix = new Uint8Array(), comment = new Uint8Array(), gap = new Uint8Array() } = options;
  const locals: Uint8Array[] = [];
  const centrals: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    const local = entry.centralOnly ? new Uint8Array() : concat(localHeader(entry), entry.payload ?? new Uint8Array());
    locals.push(local);
    centrals.push(centralRecord(entry, offset));
    offset += local.length;
  }
  const directory = concat(...centrals);
  const facts = { count: entries.length, size: directory.length, offset };
  const zip64 = options.zip64 === undefined ? new Uint8Array() : zip64End(facts, options.zip64);
  return concat(prefix, ...locals, directory, gap, zip64, endRecord(facts, comment, options.end ?? {}));
}

/** An end record, also for use as a comment. */
export function endRecord(
  facts: { count: number; size: number; offset: number },
  comment: Uint8Array = new Uint8Array(),
  lies: Fields = {},
): Uint8Array {
  const fields: Field[] = [
    [0, 4, 0x06054b50],
    [4, 2, 0],
    [6, 2, 0],
    [8, 2, facts.count],
    [10, 2, facts.count],
    [12, 4, facts.size],
    [16, 4, facts.offset],
    [20, 2, comment.length],
  ];
  return concat(record(22, fields, lies), comment);
}

function zip64End(
  facts: { count: number; size: number; offset: number },
  lies: Readonly<Record<number, bigint>>,
): Uint8Array {
  const bytes = Buffer.alloc(76);
  bytes.writeUInt32LE(0x06064b50, 0);
  bytes.writeBigUInt64LE(44n, 4);
  bytes.writeUInt16LE(45, 14);
  bytes.writeBigUInt64LE(BigInt(facts.count), 24);
  bytes.writeBigUInt64LE(BigInt(facts.count), 32);
  bytes.writeBigUInt64LE(BigInt(facts.size), 40);
  bytes.writeBigUInt64LE(BigInt(facts.offset), 48);
  bytes.writeUInt32LE(0x07064b50, 56);
  bytes.writeBigUInt64LE(BigInt(facts.offset + facts.size), 64);
  bytes.writeUInt32LE(1, 72);
  for (const [at, value] of Object.entries(lies)) bytes.writeBigUInt64LE(value, Number(at));
  return new Uint8Array(bytes);
}

type Field = readonly [offset: number, size: 2 | 4, value: number];

function record(size: number, fields: readonly Field[], lies: Fields): Uint8Array {
  const bytes = Buffer.alloc(size);
  for (const [offset, width, truth] of fields) bytes.writeUIntLE(lies[offset] ?? truth, offset, width);
  return new Uint8Array(bytes);
}

function common(entry: BuiltEntry, shift: number): Field[] {
  const payload = entry.payload ?? new Uint8Array();
  const value = entry.value ?? payload;
  return [
    [6 + shift, 2, entry.flags ?? 0],
    [8 + shift, 2, entry.method ?? 0],
    [12 + shift, 2, 0x21],
    [14 + shift, 4, crc32(value)],
    [18 + shift, 4, payload.length],
    [22 + shift, 4, value.length],
    [26 + shift, 2, nameOf(entry).length],
  ];
}

function localHeader(entry: BuiltEntry): Uint8Array {
  const { local = {}, localExtra = new Uint8Array() } = entry;
  const fields: Field[] = [[0, 4, 0x04034b50], [4, 2, 20], ...common(entry, 0), [28, 2, localExtra.length]];
  return concat(record(30, fields, local), nameOf(entry), localExtra);
}

function centralRecord(entry: BuiltEntry, offset: number): Uint8Array {
  const { central = {}, centralExtra = new Uint8Array(), entryComment = new Uint8Array() } = entry;
  const fields: Field[] = [
    [0, 4, 0x02014b50],
    [4, 2, 20],
    [6, 2, 20],
    ...common(entry, 2),
    [30, 2, centralExtra.length],
    [32, 2, entryComment.length],
    [34, 2, 0],
    [42, 4, offset],
  ];
  return concat(record(46, fields, central), nameOf(entry), centralExtra, entryComment);
}

function nameOf({ name }: BuiltEntry): Uint8Array {
  return typeof name === "string" ? bytesOf(name) : name;
}
