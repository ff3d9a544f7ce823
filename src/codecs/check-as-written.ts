import { describe, type Json } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { isNumber } from "./configuration.js";

/**
 * Refuses what codecs read in the files of others, and do not mean to write: numbers that are text, or stand for other ones.
 * @param given - the configurations that a document is to have
 * @param understood - what the codecs made of them
 * @throws ZarrError `ERR_METADATA` - a number is not the one that its codec has understood
 */
export function checkAsWritten(given: Json | undefined, understood: Json | undefined, member: string): void {
  if (typeof understood === "number") {
    const isOther = typeof given === "number" ? given !== understood : typeof given === "string" && isNumber(given);
    if (!isOther) return;
    throw new ZarrError("ERR_METADATA", `${member} is ${describe(given)}, expected ${understood}`, { member });
  }
  if (typeof understood !== "object" || understood === null || typeof given !== "object" || given === null) return;
  for (const [name, value] of Object.entries(given)) {
    const part = (understood as Readonly<Record<string, Json>>)[name];
    checkAsWritten(value, part, Array.isArray(given) ? `${member}[${name}]` : `${member}.${name}`);
  }
}
