import { stringifyJson } from "../bytes/json.js";
import { defaultLimits } from "../bytes/limits.js";
import type {
  ArrayToArrayCodec,
  ArrayToBytesCodec,
  BytesToBytesCodec,
  ChunkRepresentation,
  Codec,
  CodecConfiguration,
  CodecContext,
  CodecEntry,
} from "../codecs/codec.js";
import { codecsFromJson, createPipeline } from "../codecs/pipeline.js";
import { loadCodecs } from "../codecs/registry.js";
import { isZarrError, type ZarrErrorCode } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { toContiguous } from "../grid/copy-region.js";

/** The functions of a test runner that the suite needs: `describe` and `it` of vitest, jest, mocha or node:test. */
export interface TestFunctions {
  /** Groups tests under a name. */
  describe(name: string, body: () => void): unknown;
  /** Defines a test. */
  it(name: string, body: () => Promise<void>): unknown;
}

interface CommonCase {
  /** The subject of the case, for the names of the tests. */
  readonly title: string;
  /** The codec's configuration. */
  readonly configuration: CodecConfiguration;
  /** The array's chunks where they enter the codec, or the array-to-bytes codec before it. */
  readonly representation: ChunkRepresentation;
  /** The name in metadata; the entry's first where left out. */
  readonly name?: string;
  /** Format of the document that lists the codec; 3 where left out. */
  readonly zarrFormat?: 2 | 3;
}

/** One configuration of a bytes-to-bytes codec. */
export interface BytesCodecCase extends CommonCase {
  /** The bytes before encoding. */
  readonly decoded: Uint8Array;
  /** The bytes that other implementations wrote for `decoded`. */
  readonly encoded: readonly Uint8Array[];
  /** True if the format has a checksum: then no damage may go unnoticed. */
  readonly checksum: boolean;
  /** True if the format does not say where it ends, so that a part of the bytes can be valid, too. */
  readonly openEnded?: boolean;
  /** True if bytes behind the end are left out, as what has been written in Zarr format 2 may need. */
  readonly mayBeFollowed?: boolean;
}

/** One configuration of an array-to-bytes codec. */
export interface ArrayToBytesCase extends CommonCase {
  /** The values of the chunk. */
  readonly decoded: Chunk;
  /** The bytes that another implementation wrote for `decoded`. */
  readonly encoded: Uint8Array;
}

/** One configuration of an array-to-array codec. */
export interface ArrayCodecCase extends CommonCase {
  /** The values of the chunk. */
  readonly decoded: Chunk;
  /** The chunk that another implementation makes of `decoded`. */
  readonly encoded: Chunk;
}

/** Bytes that are tried one by one; only a sample of longer input. */
const maxPlaces = 400;

/**
 * The contract of a bytes-to-bytes codec, as tests over `cases`. Codecs may answer at once or with promises. Defining them cannot fail.
 *
 * @example
 * ```js
 * import { describe, it } from "node:test"; // or from "vitest"
 * import { ZarrError } from "zarrzip";
 * import { chunksOf, testBytesCodec } from "zarrzip/testing";
 *
 * const kind = "bytes-to-bytes";
 * const name = "example.invert";
 * const invert = (bytes) => bytes.map((byte) => byte ^ 255);
 * const decode = (bytes, most) => {
 *   if (bytes.length > most) throw new ZarrError("ERR_CODEC", `${bytes.length} bytes, expected ${most} at most`);
 *   return invert(bytes);
 * };
 * const create = (configuration) => {
 *   for (const member of Object.keys(configuration)) throw new ZarrError("ERR_METADATA", `there is no ${member}`);
 *   return { name, kind, maxEncodedSize: (size) => size, encode: invert, decode };
 * };
 * const [decoded, encoded] = [Uint8Array.of(1, 2), Uint8Array.of(254, 253)]; // of another implementation
 * const one = { title: "two bytes", configuration: {}, representation: chunksOf("uint8", [2]), decoded, encoded: [encoded] };
 * testBytesCodec({ names: [name], kind, create }, [{ ...one, checksum: false, openEnded: true }], { describe, it });
 * ```
 */
export function testBytesCodec(
  entry: CodecEntry,
  cases: readonly BytesCodecCase[],
  { describe, it }: TestFunctions,
): void {
  for (const one of cases) {
    describe(`${one.name ?? entry.names[0]}: ${one.title}`, () => {
      testConfiguration(entry, one, it);
      for (const { fact, check } of bytesFacts) {
        it(fact, async () => {
          const codec = await make<BytesToBytesCodec>(entry, one);
          await check(codec, one, [await codec.encode(one.decoded), ...one.encoded]);
        });
      }
    });
  }
}

interface BytesFact {
  readonly fact: string;
  /** @param encoded - what the codec itself made of `decoded`, then what others made of it */
  readonly check: (codec: BytesToBytesCodec, one: BytesCodecCase, encoded: readonly Uint8Array[]) => Promise<void>;
}

const bytesFacts: readonly BytesFact[] = [
  {
    fact: "decodes what it and others encoded, all of it within the bound that it gives",
    async check(codec, { decoded }, encoded) {
      for (const bytes of encoded) {
        assertEqual(await codec.decode(bytes, decoded.length), decoded);
        const bound = codec.maxEncodedSize(decoded.length);
        assert(bytes.length <= bound, `${bytes.length} encoded bytes, maxEncodedSize is ${bound}`);
      }
    },
  },
  {
    fact: "takes views, and writes neither into its argument nor around it",
    async check(codec, { decoded }, encoded) {
      for (const bytes of encoded) {
        await onView(bytes, async (view) => assertEqual(await codec.decode(view, decoded.length), decoded));
      }
      await onView(decoded, async (view) => {
        assertEqual(await codec.decode(await codec.encode(view), decoded.length), decoded);
      });
    },
  },
  {
    fact: "keeps earlier results when it is used again",
    async check(codec, { decoded }, [first]) {
      const second = await codec.encode(decoded.slice().reverse());
      const result = await codec.decode(first, decoded.length);
      await codec.decode(second, decoded.length);
      assertEqual(result, decoded);
      assertEqual(await codec.decode(first, decoded.length), decoded);
    },
  },
  {
    fact: "works many times at once",
    async check(codec, { decoded }) {
      const other = decoded.slice().reverse();
      const inputs = Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? decoded : other));
      const encoded = await Promise.all(inputs.map((input) => codec.encode(input)));
      const results = await Promise.all(encoded.map((bytes) => codec.decode(bytes, decoded.length)));
      for (const [i, result] of results.entries()) assertEqual(result, inputs[i]);
    },
  },
  {
    fact: "stops one byte past the size that it may give",
    async check(codec, { decoded }, encoded) {
      const sizes = [decoded.length - 1, decoded.length >> 1, 0].filter((size) => size >= 0 && size < decoded.length);
      for (const bytes of encoded) {
        for (const size of sizes) await assertFails(() => codec.decode(bytes, size), ["ERR_CODEC"], `maxSize ${size}`);
      }
    },
  },
  {
    fact: "rejects bytes cut off anywhere, and bytes behind the end",
    async check(codec, { decoded, openEnded, mayBeFollowed }, encoded) {
      for (const bytes of encoded) {
        for (const length of openEnded ? [] : places(bytes.length)) {
          await assertFails(() => codec.decode(bytes.subarray(0, length), decoded.length), damage, `cut to ${length}`);
        }
        for (const more of [1, 3, 7, 64]) {
          const longer = new Uint8Array(bytes.length + more);
          longer.set(bytes);
          const decode = () => codec.decode(longer, decoded.length);
          if (mayBeFollowed) assertEqual(await decode(), decoded);
          else await assertFails(decode, damage, `${more} bytes behind the end`);
        }
      }
    },
  },
  {
    fact: "meets flipped bits with an error, or with no more bytes than it may give",
    async check(codec, { decoded, checksum }, encoded) {
      for (const bytes of encoded) {
        for (const place of places(bytes.length)) {
          for (const bit of [1, 16, 128]) {
            const what = `bit ${bit} of byte ${place}`;
            const flipped = bytes.slice();
            flipped[place] ^= bit;
            const result = await attempt(() => codec.decode(flipped, decoded.length), damage, what);
            if (result === undefined) continue;
            assert(
              result.length <= decoded.length,
              `${what}: ${result.length} bytes, at most ${decoded.length} may be`,
            );
            if (checksum) assertEqual(result, decoded, `${what} goes unnoticed`);
          }
        }
      }
      // And the codec works as before.
      assertEqual(await codec.decode(encoded[0], decoded.length), decoded);
    },
  },
];

/**
 * The contract of an array-to-bytes codec, as tests over `cases`. Defining them cannot fail.
 *
 * @example
 * ```js
 * import { describe, it } from "node:test"; // or from "vitest"
 * import { ZarrError } from "zarrzip";
 * import { chunksOf, testArrayToBytesCodec } from "zarrzip/testing";
 *
 * const kind = "array-to-bytes";
 * const name = "example.plain";
 * const encodedSize = ({ shape }) => shape[0];
 * const encode = ({ data }) => Uint8Array.from(data);
 * const decode = (bytes, { shape }) => {
 *   if (bytes.length !== shape[0]) throw new ZarrError("ERR_CODEC", `${bytes.length} bytes, expected ${shape[0]}`);
 *   return { data: Uint8Array.from(bytes), shape, stride: [1] };
 * };
 * const create = (configuration) => {
 *   for (const member of Object.keys(configuration)) throw new ZarrError("ERR_METADATA", `there is no ${member}`);
 *   return { name, kind, encodedSize, encode, decode };
 * };
 * const representation = chunksOf("uint8", [2]);
 * const decoded = { data: Uint8Array.of(1, 2), shape: [2], stride: [1] };
 * const one = { title: "two bytes", configuration: {}, representation, decoded, encoded: Uint8Array.of(1, 2) };
 * testArrayToBytesCodec({ names: [name], kind, create }, [one], { describe, it });
 * ```
 */
export function testArrayToBytesCodec(
  entry: CodecEntry,
  cases: readonly ArrayToBytesCase[],
  { describe, it }: TestFunctions,
): void {
  for (const one of cases) {
    describe(`${one.name ?? entry.names[0]}: ${one.title}`, () => {
      const { decoded, encoded, representation } = one;
      testConfiguration(entry, one, it);
      it("encodes to the expected bytes, of the size that it announces", async () => {
        const codec = await make<ArrayToBytesCodec>(entry, one);
        assertEqual(await codec.encode(decoded, representation), encoded);
        const size = codec.encodedSize(representation);
        assert(size === undefined || size === encoded.length, `encodedSize is ${size}, expected ${encoded.length}`);
      });
      it("decodes the expected bytes, on a view too, without writing into them", async () => {
        const codec = await make<ArrayToBytesCodec>(entry, one);
        const expected = elementBytes(decoded, representation);
        assertEqual(elementBytes(await codec.decode(encoded, representation), representation), expected);
        await onView(encoded, async (view) => {
          assertEqual(elementBytes(await codec.decode(view, representation), representation), expected);
        });
      });
      it("rejects bytes cut off anywhere, and bytes behind the end", async () => {
        const codec = await make<ArrayToBytesCodec>(entry, one);
        for (const length of places(encoded.length)) {
          await assertFails(
            () => codec.decode(encoded.subarray(0, length), representation),
            damage,
            `cut to ${length}`,
          );
        }
        const longer = new Uint8Array(encoded.length + 1);
        longer.set(encoded);
        await assertFails(() => codec.decode(longer, representation), damage, "a byte behind the end");
      });
    });
  }
}

/**
 * The contract of an array-to-array codec, as tests over `cases`. Defining them cannot fail.
 *
 * @example
 * ```js
 * import { describe, it } from "node:test"; // or from "vitest"
 * import { ZarrError } from "zarrzip";
 * import { chunksOf, testArrayCodec } from "zarrzip/testing";
 *
 * const kind = "array-to-array";
 * const name = "example.negate";
 * const negate = ({ data, ...chunk }) => ({ ...chunk, data: data.map((value) => -value) });
 * const encodedRepresentation = (decoded) => decoded;
 * const create = (configuration) => {
 *   for (const member of Object.keys(configuration)) throw new ZarrError("ERR_METADATA", `there is no ${member}`);
 *   return { name, kind, encodedRepresentation, encode: negate, decode: negate };
 * };
 * const chunk = (...values) => ({ data: Int8Array.from(values), shape: [2], stride: [1] });
 * const one = { title: "two elements", configuration: {}, representation: chunksOf("int8", [2]) };
 * const cases = [{ ...one, decoded: chunk(1, -2), encoded: chunk(-1, 2) }];
 * testArrayCodec({ names: [name], kind, create }, cases, { describe, it });
 * ```
 */
export function testArrayCodec(
  entry: CodecEntry,
  cases: readonly ArrayCodecCase[],
  { describe, it }: TestFunctions,
): void {
  for (const one of cases) {
    describe(`${one.name ?? entry.names[0]}: ${one.title}`, () => {
      const { decoded, encoded, representation } = one;
      testConfiguration(entry, one, it);
      it("gives the expected chunks in both directions, and keeps its argument", async () => {
        const codec = await make<ArrayToArrayCodec>(entry, one);
        const after = codec.encodedRepresentation(representation);
        const before = elementBytes(decoded, representation).slice();
        const own = codec.encode(decoded, representation);
        assertEqual(elementBytes(own, after), elementBytes(encoded, after));
        assert(
          String(own.shape) === String(after.shape),
          `the shape is [${own.shape}], announced was [${after.shape}]`,
        );
        assertEqual(elementBytes(codec.decode(encoded, representation), representation), before);
        assertEqual(elementBytes(codec.decode(own, representation), representation), before);
        assertEqual(elementBytes(decoded, representation), before);
      });
    });
  }
}

const damage: readonly ZarrErrorCode[] = ["ERR_CODEC", "ERR_CHECKSUM"];

function testConfiguration(entry: CodecEntry, one: CommonCase, it: TestFunctions["it"]): void {
  it("makes the same codec from the configuration that it writes", async () => {
    const codec = await make(entry, one);
    const again = await make(entry, { ...one, configuration: codec.configuration ?? {} });
    assert(codec.kind === entry.kind, `its kind is ${codec.kind}, its entry's ${entry.kind}`);
    const [written, rewritten] = [codec, again].map(({ configuration = {} }) => stringifyJson(configuration));
    assert(written === rewritten, `the configurations differ: ${written}, ${rewritten}`);
  });
  it("rejects members that it does not know", async () => {
    const configuration = { ...one.configuration, "no such member": 1 };
    await assertFails(() => create(entry, { ...one, configuration }), ["ERR_METADATA"], "an unknown member");
  });
}

async function create(
  entry: CodecEntry,
  { configuration, representation, name = entry.names[0], zarrFormat = 3 }: CommonCase,
): Promise<Codec> {
  await loadCodecs([{ name, configuration }]);
  const options = { limits: defaultLimits, zarrFormat };
  const inner: CodecContext["createPipeline"] = (codecs, member, decoded) =>
    createPipeline(codecsFromJson(codecs, member, defaultLimits), decoded, options);
  const context = { decoded: representation, ...options, createPipeline: inner };
  return entry.create(configuration, context, name);
}

async function make<Kind extends Codec>(entry: CodecEntry, one: CommonCase): Promise<Kind> {
  return (await create(entry, one)) as Kind;
}

/** Runs `action` on a view in the middle of a buffer, and checks that not a byte of the buffer changes. */
async function onView(bytes: Uint8Array, action: (view: Uint8Array) => Promise<void>): Promise<void> {
  const buffer = new Uint8Array(bytes.length + 16).fill(0xa5);
  buffer.set(bytes, 3);
  const before = buffer.slice();
  await action(buffer.subarray(3, 3 + bytes.length));
  assertEqual(buffer, before, "the argument, or what lies around it, was written to");
}

function elementBytes(chunk: Chunk, { dataType }: ChunkRepresentation): Uint8Array {
  return dataType.toBytes(toContiguous(chunk, dataType).data);
}

/** Every index below `length`, or some of them, the first and the last ones included. */
function places(length: number): number[] {
  const all = Array.from({ length }, (_, i) => i);
  if (length <= maxPlaces) return all;
  const step = length / (maxPlaces / 2);
  return all.filter(
    (i) => i < maxPlaces / 4 || i >= length - maxPlaces / 4 || Math.floor(i / step) !== Math.floor((i - 1) / step),
  );
}

/** The result, or `undefined` after an error with one of `codes`. */
async function attempt<Result>(
  action: () => Result | Promise<Result>,
  codes: readonly ZarrErrorCode[],
  what: string,
): Promise<Result | undefined> {
  try {
    return await action();
  } catch (error) {
    assert(isZarrError(error) && codes.includes(error.code), `${what}: expected ${codes.join(" or ")}, found ${error}`);
    return undefined;
  }
}

async function assertFails(action: () => unknown, codes: readonly ZarrErrorCode[], what: string): Promise<void> {
  const result = await attempt(action, codes, what);
  assert(result === undefined, `${what}: expected ${codes.join(" or ")}, found no error`);
}

function assertEqual(found: Uint8Array, expected: Uint8Array, what = "the bytes differ"): void {
  assert(found.length === expected.length, `${what}: ${found.length} of them, expected ${expected.length}`);
  const place = found.findIndex((byte, i) => byte !== expected[i]);
  assert(place === -1, `${what} at ${place}: ${found[place]}, expected ${expected[place]}`);
}

function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
