// zarrs, in Rust: it reads the ZIP files that this package writes, and what it writes of them is read here. See zarrs/src/main.rs.
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { type Chunk, openArray } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { attributes, type InteropCase, interopCases } from "./cases.js";
import { interpreter } from "./python.js";
import { collect, digest } from "./values.js";
import { valuesOf, writeCase } from "./write-case.js";

const run = promisify(execFile);
const folder = temporaryFolder();
const { executable, reason } = interpreter("ZARRZIP_ZARRS");

/** What zarrs 0.23 does not know, or has no codec for. */
const isUnknown = ({ dtype, zarrFormat, options }: InteropCase) =>
  dtype === "S10" ||
  (zarrFormat === 2 && dtype === "datetime64[s]") ||
  [...(options.filters ?? []), ...(options.compressors ?? [])].some(({ id }) =>
    ["zlib", "lz4", "delta"].includes(id as string),
  );

/** The number that is stored in two bytes. */
function float16(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 === 0 ? 1 : -1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Text of one size: as many code points, and zeros behind them. */
function utf32(bytes: Uint8Array, length: number): string[] {
  const points = new Uint32Array(bytes.buffer);
  return Array.from({ length: points.length / length }, (_, i) =>
    String.fromCodePoint(...points.subarray(length * i, length * (i + 1))).replace(/\0+$/, ""),
  );
}

/** Elements as zarrs prints them, as the test's values of this type. */
function elementsOf({ dtype }: InteropCase, elements: string | readonly string[]): ArrayLike<unknown> {
  if (typeof elements !== "string") return elements;
  const bytes = Uint8Array.from(Buffer.from(elements, "hex"));
  if (dtype === "U8") return utf32(bytes, 8);
  if (dtype === "float16") return collect(dtype, Array.from(new Uint16Array(bytes.buffer), float16));
  const { constructor: Elements } = collect(dtype, []);
  return new (Elements as Uint8ArrayConstructor)(bytes.buffer);
}

describe.skipIf(executable === undefined)(`interop: zarrs${reason}`, () => {
  test.each(interopCases.filter((one) => !isUnknown(one)))(
    "$name: it reads what we write, and we what it writes",
    async (one) => {
      const place = join(folder, String(interopCases.indexOf(one)));
      await writeCase(one, `${place}.zip`);
      const { stdout } = await run(executable!, [`${place}.zip`, "/a", place]);
      const { shape, elements } = JSON.parse(stdout);
      const expected = digest(one.dtype, valuesOf(one));
      expect(shape).toEqual(one.shape);
      expect(digest(one.dtype, elementsOf(one, elements) as never)).toBe(expected);

      const names = (await readdir(place, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
      const entries = names.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [relative(place, path).split(sep).join("/"), new Uint8Array(await readFile(path))] as const;
      });
      const archive = zipSync(Object.fromEntries(await Promise.all(entries)));
      const array = await openArray(archive, { path: "a" });
      expect(array.shape).toEqual(one.shape);
      expect(array.attributes).toMatchObject(attributes); // beside zarrs' own
      const read = await array.get();
      const data = one.shape.length === 0 ? collect(one.dtype, [read as unknown as number]) : (read as Chunk).data;
      expect(digest(one.dtype, data as never)).toBe(expected);
      await array.close();
    },
  );
});
