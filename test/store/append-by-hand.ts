import { appendFileSync, readFileSync } from "node:fs";
import { crc32 } from "node:zlib";

/**
 * Appends to a ZIP file what a writer that keeps old versions would: a stored entry, a central directory that also has
 * all earlier records, and an end record. The bytes that were there stay as they are. (APPNOTE 4.3.7, 4.3.12, 4.3.16)
 */
export function appendVersion(path: string, name: string, value: Uint8Array): void {
  const old = readFileSync(path);
  const end = old.length - 22;
  const [count, size, start] = [old.readUInt16LE(end + 10), old.readUInt32LE(end + 12), old.readUInt32LE(end + 16)];
  const nameBytes = Buffer.from(name);

  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4); // version needed
  local.writeUInt16LE(0x21, 12); // date: 1980-01-01
  local.writeUInt32LE(crc32(value), 14);
  local.writeUInt32LE(value.length, 18);
  local.writeUInt32LE(value.length, 22);
  local.writeUInt16LE(nameBytes.length, 26);

  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(20, 4); // version made by
  local.copy(central, 6, 4, 30); // from "version needed" to "extra field length" the same fields
  central.writeUInt32LE(old.length, 42); // offset of the local header

  const records = Buffer.concat([old.subarray(start, start + size), central, nameBytes]);
  const last = Buffer.alloc(22);
  last.writeUInt32LE(0x06054b50, 0);
  last.writeUInt16LE(count + 1, 8);
  last.writeUInt16LE(count + 1, 10);
  last.writeUInt32LE(records.length, 12);
  last.writeUInt32LE(old.length + 30 + nameBytes.length + value.length, 16);
  appendFileSync(path, Buffer.concat([local, nameBytes, value, records, last]));
}
