import { isZarrError, type ZarrErrorCode } from "../errors.js";
import { Interrupted } from "./interrupted.js";

/** The exit codes of the program. */
export const exitCodes = {
  ok: 0,
  /** Something was found, or differs. */
  findings: 1,
  usage: 2,
  cannotOpen: 3,
  corrupt: 4,
  unsupported: 5,
  /** A mistake of this program. */
  internal: 70,
  interrupted: 130,
  brokenPipe: 141,
} as const;

const { usage, cannotOpen, corrupt, unsupported } = exitCodes;

const codeOfError: Readonly<Record<ZarrErrorCode, number>> = {
  ERR_ARGUMENT: usage,
  ERR_SELECTION: usage,
  ERR_KEY: usage,
  ERR_RANGE: usage,
  ERR_VALUE: usage,
  ERR_EXISTS: usage,
  ERR_NOT_FOUND: cannotOpen,
  ERR_ACCESS: cannotOpen,
  ERR_READ_ONLY: cannotOpen,
  ERR_STORE_READ: cannotOpen,
  ERR_STORE_WRITE: cannotOpen,
  ERR_LOCK_TIMEOUT: cannotOpen,
  ERR_LOCK_UNAVAILABLE: cannotOpen,
  ERR_CONFLICT: cannotOpen,
  ERR_COMMIT_UNKNOWN: cannotOpen,
  ERR_STALE_STATE: cannotOpen,
  ERR_ZIP: corrupt,
  ERR_ZIP_TAIL: corrupt,
  ERR_CHECKSUM: corrupt,
  ERR_CODEC: corrupt,
  ERR_METADATA: corrupt,
  ERR_UNSUPPORTED: unsupported,
  ERR_ZIP_METHOD: unsupported,
  ERR_CODEC_UNAVAILABLE: unsupported,
  ERR_DATA_TYPE: unsupported,
  ERR_LIMIT: unsupported,
  ERR_CLOSED: exitCodes.internal,
  ERR_DIRTY: exitCodes.internal,
  ERR_STATE: exitCodes.internal,
  ERR_TASK: exitCodes.internal,
  ERR_WORKER: exitCodes.internal,
};

/** The exit code of a check that found errors of these codes: damage matters most. */
export function exitCodeOfFindings(codes: readonly ZarrErrorCode[]): number {
  const found = new Set(codes.map((code) => codeOfError[code]));
  return [corrupt, unsupported].find((code) => found.has(code)) ?? exitCodes.findings;
}

/** The exit code after an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return exitCodes.interrupted;
  return isZarrError(error) ? codeOfError[error.code] : exitCodes.internal;
}
