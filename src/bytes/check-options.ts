import { ZarrError, type ZarrErrorDetails } from "../errors.js";
import { describe, type Json } from "./json.js";
import { didYouMean } from "./nearest-name.js";

/** The kind of value that an option holds; `any` where its user checks it. */
type OptionKind = "any" | "boolean" | "function" | "signal" | "size";

/** The options of a call, and what each holds. */
export type OptionKinds<Options> = { readonly [Name in keyof Options]-?: OptionKind };

const checks: Readonly<Record<OptionKind, (value: unknown) => string | undefined>> = {
  any: () => undefined,
  boolean: (value) => (typeof value === "boolean" ? undefined : "true or false"),
  function: (value) => (typeof value === "function" ? undefined : "a function"),
  signal: (value) => {
    const { aborted, signal } = Object(value) as Partial<AbortSignal> & { signal?: unknown };
    if (typeof aborted === "boolean") return undefined;
    return signal === undefined ? "an AbortSignal" : "the signal of the AbortController, controller.signal";
  },
  size: (value) => (typeof value === "number" && value >= 0 ? undefined : "a number of bytes"),
};

/**
 * Refuses options that a call does not know, which would be ignored in silence, and those of another kind. Without options it costs
 * nothing.
 * @throws ZarrError `ERR_ARGUMENT` - naming the option, and the one that may be meant
 */
export function checkOptions<Options extends object>(
  options: Options,
  kinds: OptionKinds<Options>,
  details?: ZarrErrorDetails,
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    const [example] = Object.keys(kinds);
    const message = `the options are ${describe(options)}, expected an object, as { ${example}: … }`;
    throw new ZarrError("ERR_ARGUMENT", message, details);
  }
  for (const name in options) {
    if (!Object.hasOwn(kinds, name)) {
      const problem = `there is no option ${JSON.stringify(name)}: ${didYouMean(name, Object.keys(kinds))}`;
      throw new ZarrError("ERR_ARGUMENT", problem, details);
    }
    const value = options[name];
    const expected = value === undefined ? undefined : checks[kinds[name]](value);
    if (expected !== undefined) {
      throw new ZarrError("ERR_ARGUMENT", `${name} is ${describe(value)}, expected ${expected}`, details);
    }
  }
}

/**
 * Refuses arguments beyond those that a call has, which would be ignored in silence. What is undefined counts as left out.
 * @param call - the call as it is documented
 * @throws ZarrError `ERR_ARGUMENT` - there is one
 */
export function checkNoMore(more: readonly unknown[], call: string): void {
  const found = more.find((argument) => argument !== undefined);
  if (found === undefined) return;
  throw new ZarrError(
    "ERR_ARGUMENT",
    `${describe(found as Json)} was given besides: expected ${call}, which has no options`,
  );
}
