import { describe } from "../bytes/json.js";
import { defaultLimits, type Limits } from "../bytes/limits.js";
import { ZarrError } from "../errors.js";

/** Makes the error that says which member, or option, has been found to be what. */
export type Refusal = (member: string, found: unknown, expected: string) => ZarrError;

/** The common members of the states of stores that are files or folders. */
interface CommonMembers {
  /** The whole state, of which the members below have been checked. */
  readonly state: Readonly<Record<string, unknown>>;
  readonly path: string;
  readonly readOnly: boolean;
  readonly mode: "r" | "r+";
}

const commonMembers = ["kind", "version", "path", "readOnly", "mode"];

/** The {@link Refusal} of a state of this kind. */
export function invalidState(kind: string): Refusal {
  return (member, found, expected) => {
    const text = found === undefined ? "missing" : describe(found);
    const message = `not the state of a ${kind}: ${member} is ${text}, expected ${expected}`;
    return new ZarrError("ERR_STATE", message, { member });
  };
}

/**
 * Checks what claims to be the state of a store of this kind, but for the members that only the kind has.
 * @param members - those that it may have
 * @throws ZarrError `ERR_STATE` - naming the member that is missing, contradictory or unknown
 */
export function parseStoreState(kind: string, members: readonly string[], value: unknown): CommonMembers {
  const invalid = invalidState(kind);
  const state = asRecord(value, "state", invalid);
  if (state.kind !== kind) throw invalid("kind", state.kind, JSON.stringify(kind));
  if (state.version !== 1) throw invalid("version", state.version, "1");
  if (typeof state.unusable === "string") {
    throw new ZarrError("ERR_STATE", `this is the state of a store that could not be handed over: ${state.unusable}`);
  }
  const { path, readOnly, mode } = state;
  const known = new Set([...commonMembers, ...members]);
  const unknown = Object.keys(state).find((member) => !known.has(member));
  if (unknown !== undefined) throw invalid(unknown, state[unknown], "no such member in version 1");
  if (typeof path !== "string") throw invalid("path", path, "text");
  if (!isAbsolute(path) && state.bytes === undefined && state.url === undefined)
    throw invalid("path", path, "an absolute path");
  if (mode !== "r" && mode !== "r+") throw invalid("mode", mode, '"r" or "r+"');
  if (readOnly !== (mode === "r")) {
    throw invalid("readOnly", readOnly, `${mode === "r"}, as mode is ${JSON.stringify(mode)}`);
  }
  return { state, path, readOnly, mode };
}

/** A copy of complete limits. @throws what `refuse` makes */
export function checkLimits(limits: unknown, refuse: Refusal): Limits {
  const given = asRecord(limits, "limits", refuse);
  const unknown = Object.keys(given).find((member) => !Object.hasOwn(defaultLimits, member));
  if (unknown !== undefined) throw refuse(`limits.${unknown}`, given[unknown], Object.keys(defaultLimits).join(", "));
  for (const member of Object.keys(defaultLimits)) {
    if (!isCount(given[member])) throw refuse(`limits.${member}`, given[member], "an integer of at least 0");
  }
  return { ...(given as unknown as Limits) };
}

/**
 * @param members - those that the object may have; any where left out
 * @throws what `refuse` makes - `value` is no object, or has other members
 */
export function asRecord(
  value: unknown,
  member: string,
  refuse: Refusal,
  members?: readonly string[],
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refuse(member, value, "an object");
  const record = value as Record<string, unknown>;
  const unknown = Object.keys(record).find((name) => members?.includes(name) === false);
  if (unknown !== undefined) throw refuse(`${member}.${unknown}`, record[unknown], "no such member in version 1");
  return record;
}

/** True if `value` is a number of things or bytes. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isAbsolute(path: string): boolean {
  return /^(?:\/|\\\\|[A-Za-z]:[\\/])/.test(path);
}

/** @throws ZarrError `ERR_STATE` - a read-only store of `path` would become a writable one */
export function checkNarrowing(path: string, wasReadOnly: boolean, readOnly: boolean): void {
  if (!wasReadOnly || readOnly) return;
  const message = `the state of ${path} is writable, but this store is read-only: a read-only store takes only read-only states`;
  throw new ZarrError("ERR_STATE", message, { file: path });
}
