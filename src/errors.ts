/** Every code that a {@link ZarrError} can carry. Codes are stable: callers branch on them. */
export type ZarrErrorCode =
  /** An option or argument is not of the documented form. */
  | "ERR_ARGUMENT"
  /** Use of a store, array or group after `close()`. */
  | "ERR_CLOSED"
  /** Unflushed writes stand in the way: `flush()` or `abort()` first. */
  | "ERR_DIRTY"
  /** A state object is incomplete, contradictory, foreign or not allowed here. */
  | "ERR_STATE"
  /** The file is no longer the one that a state or view describes. */
  | "ERR_STALE_STATE"
  /** A mutation of something that was opened read-only. */
  | "ERR_READ_ONLY"
  /** A combination that this version does not provide. */
  | "ERR_UNSUPPORTED"
  /** No file, node or array at the place that was named. */
  | "ERR_NOT_FOUND"
  /** Something already stands at the place that should be created. */
  | "ERR_EXISTS"
  /** A store key or node path breaks the naming rules. */
  | "ERR_KEY"
  /** A byte range does not lie within its value. */
  | "ERR_RANGE"
  /** Another writer committed something that this change was not to meet: read again, and try again. */
  | "ERR_CONFLICT"
  /** Another writer held the file's lock for longer than `lockTimeoutMs`; the message names it. */
  | "ERR_LOCK_TIMEOUT"
  /** Writing into an existing file is not safe here: no locks on this platform, or a file system or link that defeats them. */
  | "ERR_LOCK_UNAVAILABLE"
  /** The system failed when a commit was all but done: `details.commit` among the file's versions says whether it is there. */
  | "ERR_COMMIT_UNKNOWN"
  /** A server refuses to give the file: credentials are missing, wrong or have expired. */
  | "ERR_ACCESS"
  /** The operating system, or a server, failed a read; `cause` has its error. */
  | "ERR_STORE_READ"
  /** The operating system failed a write; `cause` has its error. */
  | "ERR_STORE_WRITE"
  /** A ZIP record breaks APPNOTE, or two records contradict each other. */
  | "ERR_ZIP"
  /** The end of the archive is missing or damaged. */
  | "ERR_ZIP_TAIL"
  /** An entry is encrypted or uses a compression method that cannot be read. */
  | "ERR_ZIP_METHOD"
  /** Stored and computed checksums differ. */
  | "ERR_CHECKSUM"
  /** A chunk cannot be encoded or decoded. */
  | "ERR_CODEC"
  /** A codec is known or registered nowhere, or its optional package is missing. */
  | "ERR_CODEC_UNAVAILABLE"
  /** A metadata document breaks the specification. */
  | "ERR_METADATA"
  /** A data type is unknown or not supported. */
  | "ERR_DATA_TYPE"
  /** A value cannot be stored in the array's data type, or the values' shape is wrong. */
  | "ERR_VALUE"
  /** A selection has the wrong number of entries or an index out of bounds. */
  | "ERR_SELECTION"
  /** A task of a pool threw, or gave what cannot be sent, or its module has no task; `cause` is the worker's error. */
  | "ERR_TASK"
  /** Workers of a pool died again and again, with the same task or before they had one. */
  | "ERR_WORKER"
  /** A size exceeds one of the documented limits. */
  | "ERR_LIMIT";

/** The place and the subject of an error: every field is optional, and each is plain JSON. */
export interface ZarrErrorDetails {
  /** File name of the store. */
  readonly file?: string;
  /** Store key, without a leading slash. */
  readonly key?: string;
  /** Path of the node within the store. */
  readonly path?: string;
  /** Coordinates of the chunk in the chunk grid. */
  readonly chunk?: readonly number[];
  /** Byte offset within the file or the encoded value. */
  readonly offset?: number;
  /** Name of the codec. */
  readonly codec?: string;
  readonly [detail: string]: unknown;
}

/** A {@link ZarrError} as plain JSON: what crosses a `MessagePort`, a pipe or a job queue. */
export interface ZarrErrorState {
  /** Tells the kinds of states apart. */
  readonly kind: "ZarrError";
  /** Version of the state's form. A later one is refused. */
  readonly version: 1;
  /** The error's code. */
  readonly code: ZarrErrorCode;
  /** The error's message. */
  readonly message: string;
  /** The error's details. */
  readonly details: ZarrErrorDetails;
  /** The stack at which it was thrown. */
  readonly stack?: string;
  /** The cause as text, if there was one. */
  readonly cause?: string;
}

const brand = Symbol.for("zarrzip.ZarrError");

/**
 * The one error that this package throws. Branch on `code`; `details` name file, key, chunk and byte.
 * Across threads and processes send `error.toState()`, since cloning drops class, name and code. The examples of its methods go on from
 * the one here.
 *
 * @example
 * ```js
 * import { openArray, ZarrError } from "zarrzip";
 *
 * try {
 *   await openArray("nowhere.zip");
 * } catch (error) {
 *   if (!(error instanceof ZarrError)) throw error;
 *   console.log(error.code); // ERR_NOT_FOUND
 * }
 * ```
 */
export class ZarrError extends Error {
  /** The kind of failure: branch on it. */
  readonly code: ZarrErrorCode;
  /** The place of the failure, as far as that is known. */
  readonly details: ZarrErrorDetails;

  constructor(code: ZarrErrorCode, message: string, details: ZarrErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ZarrError";
    this.code = code;
    this.details = details;
    Object.defineProperty(this, brand, { value: true });
  }

  /**
   * Plain JSON that {@link ZarrError.fromState} turns back into an equal error, stack included.
   * @example
   * const state = structuredClone(new ZarrError("ERR_KEY", "no key", { key: "/" }).toState()); // as a port sends it
   * console.log(ZarrError.fromState(state).code); // ERR_KEY
   */
  toState(): ZarrErrorState {
    return {
      kind: "ZarrError",
      version: 1,
      code: this.code,
      message: this.message,
      details: plainDetails(this.details),
      ...(this.stack === undefined ? {} : { stack: this.stack }),
      ...(this.cause === undefined ? {} : { cause: textOf(this.cause) }),
    };
  }

  /**
   * So that `JSON.stringify(error)` is the state.
   * @example
   * console.log(JSON.parse(JSON.stringify(new ZarrError("ERR_KEY", "no key"))).code); // ERR_KEY
   */
  toJSON(): ZarrErrorState {
    return this.toState();
  }

  /**
   * Restores an error that another thread or process sent.
   * @throws ZarrError `ERR_STATE` - `state` is not a ZarrError state of version 1
   * @example
   * const state = JSON.parse(JSON.stringify(new ZarrError("ERR_KEY", "no key", { key: "/" })));
   * console.log(ZarrError.fromState(state).details); // { key: '/' }
   */
  static fromState(state: unknown): ZarrError {
    const s = state as Partial<ZarrErrorState> | null;
    if (typeof s !== "object" || s?.kind !== "ZarrError" || s.version !== 1 || typeof s.code !== "string") {
      throw new ZarrError(
        "ERR_STATE",
        'not the state of a ZarrError: expected { kind: "ZarrError", version: 1, code, … }',
      );
    }
    const error = new ZarrError(s.code, String(s.message), s.details ?? {}, s.cause);
    if (typeof s.stack === "string") error.stack = s.stack;
    return error;
  }
}

/**
 * Tells a {@link ZarrError}, and optionally one code, from any other value. Works across copies of the package,
 * where `instanceof` does not.
 *
 * @example
 * ```js
 * import { isZarrError, openArray } from "zarrzip";
 *
 * const array = await openArray("nowhere.zip").catch((error) => {
 *   if (isZarrError(error, "ERR_NOT_FOUND")) return undefined;
 *   throw error;
 * });
 * console.log(array); // undefined
 * ```
 */
export function isZarrError<C extends ZarrErrorCode>(error: unknown, code?: C): error is ZarrError & { code: C } {
  return (
    typeof error === "object" &&
    error !== null &&
    (error as Record<symbol, unknown>)[brand] === true &&
    (code === undefined || (error as ZarrError).code === code)
  );
}

/**
 * Adds what a caller knows (file, key, chunk) to an error that a lower layer threw, and passes every other error on.
 * Fields that the lower layer named win.
 */
export function withDetails(error: unknown, details: ZarrErrorDetails): unknown {
  if (!isZarrError(error)) return error;
  const added = Object.keys(details).filter((name) => error.details[name] === undefined && details[name] !== undefined);
  if (added.length === 0) return error;
  const where = added.map((name) => `${name} ${formatDetail(details[name])}`).join(", ");
  const merged = Object.fromEntries(added.map((name) => [name, details[name]]));
  const richer = new ZarrError(error.code, `${error.message} [${where}]`, { ...error.details, ...merged }, error.cause);
  if (error.stack !== undefined) richer.stack = error.stack.replace(error.message, richer.message);
  return richer;
}

function formatDetail(value: unknown): string {
  return typeof value === "string"
    ? JSON.stringify(value)
    : Array.isArray(value)
      ? `[${value.join(", ")}]`
      : String(value);
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  try {
    const { message } = error as Partial<Error>;
    return typeof message === "string" ? message : textOf(error);
  } catch {
    return textOf(error); // nothing, or a message that throws
  }
}

/** A value as text, whatever it is. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "a value that has no text"; // no prototype, or a toString that throws
  }
}

/** The part of the details that JSON can hold. */
function plainDetails(details: ZarrErrorDetails): ZarrErrorDetails {
  const plain = Object.entries(details).map(([name, detail]) => {
    try {
      const text = JSON.stringify(detail, (_, v) => (typeof v === "bigint" ? String(v) : v)) as string | undefined;
      return [name, text === undefined ? undefined : JSON.parse(text)];
    } catch {
      return [name, textOf(detail)]; // a cycle
    }
  });
  return Object.fromEntries(plain.filter(([, detail]) => detail !== undefined));
}
