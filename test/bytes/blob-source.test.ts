import { File } from "node:buffer";
import { describe, expect, test } from "vitest";
import { BlobSource } from "../../src/bytes/blob-source.js";

const contents = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251);

/** A blob that tells which slices of it were taken. */
class WatchedBlob extends Blob {
  readonly cuts: string[] = [];

  override slice(start = 0, end = this.size): Blob {
    this.cuts.push(`${start}-${end}`);
    return super.slice(start, end);
  }
}

/** A file that has lost most of its bytes since it was chosen. */
class ShrunkFile extends File {
  override slice(): Blob {
    return super.slice(0, 500);
  }
}

function watched() {
  const blob = new WatchedBlob([contents]);
  return { source: new BlobSource(blob), cuts: blob.cuts };
}

async function readAll(source: BlobSource, ranges: readonly [offset: number, length: number][]) {
  const found = await Promise.all(ranges.map(([offset, length]) => source.read(offset, length)));
  return found.map((bytes, i) => Buffer.compare(bytes, contents.subarray(ranges[i][0], ranges[i][0] + ranges[i][1])));
}

const asRanges = (ranges: readonly [number, number][]) => ranges.map(([offset, length]) => ({ offset, length }));

describe("ranges of a Blob that were announced", () => {
  test("are read by one slice where they are neighbours, overlap, or have gaps between them", async () => {
    const { source, cuts } = watched();
    const ranges: [number, number][] = [
      [70_000, 10_000],
      [100, 30_064],
      [30_100, 20_000],
      [200_000, 5],
    ];
    source.expect(asRanges(ranges));
    expect(await readAll(source, ranges)).toEqual([0, 0, 0, 0]);
    expect(cuts).toEqual(["100-80000", "200000-200005"]);
  });

  test("are read alone where they lie within another, and when they are read again", async () => {
    const { source, cuts } = watched();
    const ranges: [number, number][] = [
      [1000, 500],
      [1100, 50],
    ];
    source.expect(asRanges(ranges));
    expect(await readAll(source, [...ranges, ranges[0]])).toEqual([0, 0, 0]);
    expect(cuts.toSorted()).toEqual(["1000-1500", "1000-1500", "1100-1150"]);
  });

  test("have memory of their own: what is done to one reaches no other", async () => {
    const { source } = watched();
    source.expect(
      asRanges([
        [0, 5000],
        [4000, 5000],
      ]),
    );
    const [first, second] = [source.read(0, 5000), source.read(4000, 5000)];
    structuredClone(await first, { transfer: [(await first).buffer as ArrayBuffer] });
    expect(Buffer.compare(await second, contents.subarray(4000, 9000))).toBe(0);
  });

  test("are forgotten once they are given up", async () => {
    const { source, cuts } = watched();
    const giveUp = source.expect(
      asRanges([
        [0, 10],
        [20, 10],
      ]),
    );
    expect(await readAll(source, [[0, 10]])).toEqual([0]);
    giveUp();
    expect(await readAll(source, [[20, 10]])).toEqual([0]);
    expect(cuts).toEqual(["0-30", "20-30"]);
  });

  test("that the file behind it has no more end with an error which names the range", async () => {
    const source = new BlobSource(new ShrunkFile([contents], "a.zip"));
    source.expect(asRanges([[0, 1000]]));
    const read = source.read(0, 1000);
    await expect(read).rejects.toMatchObject({ code: "ERR_STORE_READ", details: { file: "a.zip", offset: 0 } });
    await expect(read).rejects.toThrow("cannot read 1000 bytes at 0 of a.zip");
  });
});
