import type { OptionKinds } from "../bytes/check-options.js";
import { describe } from "../bytes/json.js";
import { ZarrError } from "../errors.js";

/** Rules of the receiver of a state, which may come from a job queue. */
export interface RestoreOptions {
  /**
   * Folders below which a file may be opened, symbolic links resolved; without it any file may. On Linux this holds whoever moves folders
   * and links meanwhile; elsewhere for what is there when the path is looked at.
   */
  readonly roots?: readonly string[] | undefined;
}

/** What {@link RestoreOptions} are. */
export const restoreOptions: OptionKinds<RestoreOptions> = { roots: "any" };

/**
 * Checks an option that allows something: a bare text would be taken for the list of its characters, of which "/" is one.
 * @throws ZarrError `ERR_ARGUMENT` - no list of texts
 */
export function checkTexts(option: string, value: unknown): asserts value is readonly string[] {
  if (Array.isArray(value) && value.every((text) => typeof text === "string")) return;
  throw new ZarrError("ERR_ARGUMENT", `${option} is ${describe(value)}, expected a list of strings`);
}
