import { decodeBase64 } from "../../../bytes/base64.js";
import { isErrorNamed } from "../../../bytes/built-in.js";
import { wasmModule } from "./module.js";

/** A byte's place in the memory of the kernels. */
type Address = number;

/** The exports of assembly/. All lengths are in bytes; where a boolean is expected, 0 is false. */
export interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly memoryStart: { readonly value: Address };
  readonly slack: { readonly value: number };
  shuffle(input: Address, output: Address, length: number, itemSize: number): void;
  unshuffle(input: Address, output: Address, length: number, itemSize: number): void;
  bitShuffle(input: Address, output: Address, length: number, itemSize: number, scratch: Address): void;
  bitUnshuffle(input: Address, output: Address, length: number, itemSize: number, scratch: Address): void;
  decodeLz4(input: Address, inputLength: number, output: Address, outputLength: number): number;
  encodeLz4(input: Address, length: number, output: Address, room: number, acceleration: number): number;
  setLayout(
    contentSize: number,
    blockSize: number,
    streams: number,
    itemSize: number,
    shuffleFlag: number,
    scratch: Address,
    otherScratch: Address,
  ): void;
  decodeBlocks(chunk: Address, chunkLength: number, start: number, length: number, output: Address): number;
  encodeBlocks(
    content: Address,
    start: number,
    length: number,
    chunk: Address,
    offset: number,
    acceleration: number,
  ): number;
}

/** The compiler's libraries have this only among those of browsers. */
declare const WebAssembly:
  | {
      readonly CompileError: new () => Error;
      readonly Module: new (bytes: Uint8Array) => object;
      readonly Instance: new (module: object) => { readonly exports: unknown };
    }
  | undefined;

const pageSize = 65536;

/** As much memory is kept for the next call; what a large chunk needs beyond it is given back. */
const maxKeptMemory = 64 * 2 ** 20;

/** More is not asked for: the limit in scripts/assemble.mjs. */
const maxMemory = 2 ** 30;

let compiled: object | undefined;
/** One for each thread, which runs every call from start to end; `null` where the runtime has no WebAssembly with SIMD. */
let kernels: Kernels | null | undefined;

/**
 * Lends the kernels, with a region of memory for each of `sizes`: `use` gets the whole memory, and where the regions begin.
 * What they hold is left from other calls.
 * @returns what `use` returns; `undefined` where there is no WebAssembly with SIMD, or not that much memory
 */
export function withKernels<const Sizes extends readonly number[], Result>(
  sizes: Sizes,
  use: (kernels: Kernels, memory: Uint8Array, regions: { readonly [i in keyof Sizes]: Address }) => Result,
): Result | undefined {
  if (kernels === undefined) kernels = instantiate();
  const current = kernels;
  if (!current) return undefined;
  let end = alignUp(current.memoryStart.value);
  const regions = sizes.map((size) => {
    const start = end;
    end = alignUp(start + size + current.slack.value);
    return start;
  });
  if (!reserve(current.memory, end)) return undefined;
  const { buffer } = current.memory;
  try {
    return use(current, new Uint8Array(buffer), regions as { [i in keyof Sizes]: Address });
  } finally {
    if (buffer.byteLength > maxKeptMemory) kernels = undefined;
  }
}

function instantiate(): Kernels | null | undefined {
  if (typeof WebAssembly === "undefined") return null;
  try {
    compiled ??= new WebAssembly.Module(decodeBase64(wasmModule)!);
    return new WebAssembly.Instance(compiled).exports as Kernels;
  } catch (error) {
    // No SIMD, or a page whose policy forbids WebAssembly.
    if (isErrorNamed(error, "CompileError")) return null;
    // No memory at the moment.
    if (isErrorNamed(error, "RangeError")) return undefined;
    throw error;
  }
}

function reserve(memory: Kernels["memory"], size: number): boolean {
  const missing = size - memory.buffer.byteLength;
  if (missing <= 0) return true;
  if (size > maxMemory) return false;
  try {
    memory.grow(Math.ceil(missing / pageSize));
    return true;
  } catch (error) {
    if (isErrorNamed(error, "RangeError")) return false;
    throw error;
  }
}

/** To a cache line. */
function alignUp(address: number): Address {
  return Math.ceil(address / 64) * 64;
}
