import type { HttpPreparation } from "../bytes/http-options.js";
import type { Limits } from "../bytes/limits.js";
import type { ChunkRegion } from "../codecs/codec.js";
import { isZarrError, messageOf, ZarrError, type ZarrErrorState } from "../errors.js";
import type { ChunkPart } from "../grid/chunk-plan.js";
import type { PlannedPart } from "../grid/merge-plans.js";
import type { IndexRange } from "../grid/selection.js";
import type { Slice } from "../grid/slice.js";
import type { NodeDocuments } from "../hierarchy/load-node.js";
import type { PartWork } from "../hierarchy/summarize.js";
import type { SharedValues, WireValues } from "./wire-values.js";

/** The description by which a worker encodes chunks: an array without its store, so that it may have unflushed writes. */
export interface EncoderState {
  readonly kind: "Encoder";
  /** File name of the store, for messages. */
  readonly file: string;
  readonly path: string;
  readonly documents: NodeDocuments;
  readonly modules: readonly string[];
  readonly limits: Limits;
}

/** Two arrays of one shape: what tells a worker how to read one, and how to encode the chunks of the other. */
export interface TransferState {
  readonly kind: "Transfer";
  readonly source: object;
  readonly encoder: EncoderState;
}

/** The target of a worker: a store, an array or a group by its state. */
export interface Target {
  /** The same for equal states. */
  readonly key: string;
  readonly state: object;
  /** Prepares the requests for its file: a function, which stays with the pool. */
  readonly request?: HttpPreparation | undefined;
}

/** A request that is to be prepared, or was. */
export interface RequestParts {
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** True if a browser adds its cookies. */
  readonly credentials: InstanceType<typeof globalThis.Request>["credentials"];
}

/** The result of preparing a request: the parts of one, anything else, or an error. */
export type Preparation = RequestParts | { readonly other: unknown } | { readonly error: ErrorState };

/** A region that several threads decode together: each claims the next part of the plan until none is left. */
export interface SharedReading {
  /** One list of ranges for each window. */
  readonly ranges: readonly (readonly IndexRange[])[];
  /** True if the plan is one of inner chunks, where the array has shards. */
  readonly byInnerChunk: boolean;
  readonly windows: readonly { readonly data: SharedValues; readonly isFresh: boolean }[];
  /** Numbers of the parts that are to be read, ascending; all where left out. */
  readonly todo?: Int32Array | undefined;
  /** Number of parts of the plan. */
  readonly parts: number;
  readonly control: SharedControl;
}

/** The memory by which threads and the pool tell each other without a message. */
export interface SharedControl {
  /** First the next place of `todo` to claim, then for each participant 1 + the part that it is at, or 0. */
  readonly claims: Int32Array;
  /** 1 for each part that is done. */
  readonly done: Uint8Array;
}

/** The work that a worker is asked to do. */
export type Work =
  | { readonly kind: "share"; readonly reading: SharedReading; readonly slot: number; readonly progress: boolean }
  | { readonly kind: "parts"; readonly parts: readonly ChunkPart[]; readonly byInnerChunk: boolean }
  | { readonly kind: "chunk"; readonly coords: readonly number[] }
  | {
      readonly kind: "encode";
      readonly coords: readonly number[];
      readonly region: ChunkRegion;
      readonly values: WireValues;
      readonly offset: number;
      readonly stride: readonly number[];
      readonly keepEmpty: boolean;
    }
  | { readonly kind: "transfer"; readonly box: readonly Slice[] }
  | { readonly kind: "summarize"; readonly part: readonly Slice[]; readonly about: PartWork }
  | { readonly kind: "run"; readonly module: string; readonly item: unknown }
  | { readonly kind: "report" };

/** The result of the work `transfer`: the encoded chunks of the box in C order, in a row, and where each ends; -1 where none is to be stored. */
export interface TransferResult {
  readonly bytes: Uint8Array;
  readonly ends: readonly number[];
}

/** The results of the parts of one chunk, one for each part. */
export type PartsResult = readonly WireValues[];

/** The result of the work `chunk`. */
export interface ChunkResult {
  readonly values: WireValues;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** Memory of a worker in bytes, as `process.memoryUsage()` says. */
export interface WorkerMemory {
  /** Bytes of the whole process. */
  readonly rss: number;
  /** Bytes of objects. */
  readonly heapUsed: number;
  /** Bytes that belong to objects and lie elsewhere. */
  readonly external: number;
  /** Bytes of buffers, a part of `external`. */
  readonly arrayBuffers: number;
}

/** A worker's report about itself. */
export interface WorkerReport {
  /** Only by Node. */
  readonly memory: WorkerMemory | undefined;
  /** Stores, arrays and groups that it has open. */
  readonly targets: number;
  /** Open descriptors of its process, where the system tells them. */
  readonly descriptors: number | undefined;
  /** Only by Node. */
  readonly locks: LockCounts | undefined;
}

/** The number of times that a worker's stores had the lock of a file, and their waits for it. */
export interface LockCounts {
  /** The number of times that the lock was taken. */
  readonly acquired: number;
  /** Milliseconds, all together. */
  readonly waitMs: number;
  /** Attempts that found it held by somebody else. */
  readonly retries: number;
  /** Waits that ended in `ERR_LOCK_TIMEOUT`. */
  readonly timeouts: number;
}

/** From the pool to a worker. */
export type Request =
  | {
      readonly type: "target";
      readonly target: Omit<Target, "request">;
      readonly modules: readonly string[];
      /** True if the pool prepares the requests for its file. */
      readonly isPrepared: boolean;
    }
  | { readonly type: "prepared"; readonly id: number; readonly outcome: Preparation }
  | { readonly type: "forget"; readonly key: string }
  | { readonly type: "work"; readonly id: number; readonly target: string | undefined; readonly work: Work }
  | { readonly type: "abort"; readonly id: number };

/** From a worker to the pool. */
export type Answer =
  /** `life` is the name of a lock that a Web Worker holds as long as it lives. */
  | { readonly type: "ready"; readonly life?: string }
  | {
      readonly type: "prepare";
      readonly id: number;
      readonly target: string;
      readonly method: string;
      readonly request: RequestParts;
    }
  | { readonly type: "progress"; readonly id: number; readonly parts: number }
  | { readonly type: "result"; readonly id: number; readonly value: unknown }
  | { readonly type: "error"; readonly id: number; readonly error: ErrorState };

/** An error as plain data; a message would drop its class and code. */
export type ErrorState = ZarrErrorState | PlainErrorState;

interface PlainErrorState {
  readonly message: string;
  readonly name?: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly cause?: ErrorState;
}

/** Causes of causes that are told. */
const maxCauses = 8;

/** The value that crosses to another thread or process instead of `error`, which may be anything, and may throw when it is looked at. */
export function errorState(error: unknown, causes = maxCauses): ErrorState {
  if (isZarrError(error)) return error.toState();
  const member = (name: "name" | "stack" | "code" | "cause"): unknown => {
    try {
      return (error as Record<string, unknown>)[name];
    } catch {
      return undefined;
    }
  };
  const [name, stack, code, cause] = [member("name"), member("stack"), member("code"), member("cause")];
  return {
    message: messageOf(error),
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof stack === "string" ? { stack } : {}),
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(cause === undefined || causes === 0 ? {} : { cause: errorState(cause, causes - 1) }),
  };
}

/** The error that {@link errorState} described. */
export function errorOf(state: ErrorState): Error {
  if ("kind" in state) return ZarrError.fromState(state);
  const { message, cause, ...rest } = state;
  const error = new Error(message, cause === undefined ? undefined : { cause: errorOf(cause) });
  for (const [member, value] of Object.entries(rest))
    Object.defineProperty(error, member, { value, configurable: true });
  return error;
}

/** The parts of one chunk as a plan of their own, each for a window of exactly its values. */
export function separateParts(parts: readonly ChunkPart[]): PlannedPart[] {
  return parts.map((part, plan) => ({ plan, part: { ...part, regionStart: part.regionStart.map(() => 0) } }));
}
