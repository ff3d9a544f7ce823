import { deflateSync } from "node:zlib";
import { concatenate } from "../bytes/concatenate.js";
import { crc32 } from "../bytes/crc32.js";
import type { Picture } from "./picture.js";

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/**
 * A picture as a PNG file, 8 bits a channel.
 * @see https://www.w3.org/TR/png-3/
 */
export function formatPng({ width, height, channels, pixels }: Picture): readonly Uint8Array[] {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8); // bits
  header.setUint8(9, channels === 3 ? 2 : 0); // colour type: true colour, or grey
  // 10  compression, filter and interlace method: 0
  const rowLength = width * channels;
  // Each row begins with the number of its filter; 0 stands for no filter.
  const rows = new Uint8Array(height * (1 + rowLength));
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * rowLength, (y + 1) * rowLength), y * (1 + rowLength) + 1);
  }
  return [
    signature,
    chunk("IHDR", new Uint8Array(header.buffer)),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array()),
  ];
}

/** Length, type, data, and a CRC-32 of type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const named = concatenate([new TextEncoder().encode(type), data]);
  const chunk = new Uint8Array(named.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  chunk.set(named, 4);
  view.setUint32(named.length + 4, crc32(named));
  return chunk;
}
