import { describe, isIntegralFloat, type Json } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import type { CodecConfiguration } from "./codec.js";

/**
 * Reads the members of one codec's configuration; what is missing, unknown or out of range is `ERR_METADATA`. Numbers may be text: see
 * `checkAsWritten()`.
 */
export class ConfigurationReader {
  readonly #codec: string;
  readonly #configuration: CodecConfiguration;

  /** @throws ZarrError `ERR_METADATA` - a member that is not in `known` */
  constructor(codec: string, configuration: CodecConfiguration, known: readonly string[]) {
    this.#codec = codec;
    this.#configuration = configuration;
    const unknown = Object.keys(configuration).filter((member) => !known.includes(member));
    if (unknown.length > 0) {
      const expected = known.length === 0 ? "none" : known.join(", ");
      throw this.#error(`unknown member ${unknown.slice(0, 4).map(describe).join(", ")}, expected ${expected}`);
    }
  }

  /** True if the member is there; `null` counts as absent. */
  has(member: string): boolean {
    return (this.#member(member) ?? null) !== null;
  }

  /** An integer in [min, max]; `fallback` where the member is absent. */
  integer(member: string, min: number, max: number, fallback?: number): number {
    const value = this.#number(member) ?? fallback;
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    throw this.mismatch(member, `an integer from ${min} to ${max}`);
  }

  /** A finite number. */
  number(member: string): number {
    const value = this.#number(member);
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw this.mismatch(member, "a number");
  }

  /** True if the document has the member as a float: with a fraction or an exponent, be it `10.0`. */
  isFloat(member: string): boolean {
    const value = this.#member(member);
    return isIntegralFloat(this.#configuration, member) || (typeof value === "number" && !Number.isInteger(value));
  }

  string(member: string): string {
    const value = this.#member(member);
    if (typeof value === "string") return value;
    throw this.mismatch(member, "a string");
  }

  boolean(member: string, fallback?: boolean): boolean {
    const value = this.#member(member) ?? fallback;
    if (typeof value === "boolean") return value;
    throw this.mismatch(member, "true or false");
  }

  /** One of `choices`, strings or numbers. */
  choice<const Choice extends string | number>(member: string, choices: readonly Choice[], fallback?: Choice): Choice {
    const value = this.#member(member) ?? fallback;
    const choice = choices.find((one) => one === value) ?? choices.find((one) => one === this.#number(member));
    if (choice !== undefined) return choice;
    throw this.mismatch(member, `one of ${choices.map((one) => JSON.stringify(one)).join(", ")}`);
  }

  /** The member as it stands. */
  raw(member: string): Json | undefined {
    return this.#member(member);
  }

  /** The `ERR_METADATA` for a member that is not `expected`. */
  mismatch(member: string, expected: string): ZarrError {
    const value = this.#member(member);
    return this.#error(`${member} is ${value === undefined ? "missing" : show(value)}, expected ${expected}`);
  }

  #member(member: string): Json | undefined {
    return Object.hasOwn(this.#configuration, member) ? this.#configuration[member] : undefined;
  }

  /** The member; text, as older releases of netCDF-C write numbers, as the number that it is. */
  #number(member: string): Json | undefined {
    const value = this.#member(member);
    return typeof value === "string" && isNumber(value) ? Number(value) : value;
  }

  #error(problem: string): ZarrError {
    return new ZarrError("ERR_METADATA", `configuration of codec ${JSON.stringify(this.#codec)}: ${problem}`, {
      codec: this.#codec,
    });
  }
}

/** Tells the text of a number from other texts. */
export function isNumber(text: string): boolean {
  return /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text);
}

function show(value: Json): string {
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part)).slice(0, 80);
}
