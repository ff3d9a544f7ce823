import { ZarrError } from "../errors.js";
import { type Json, parsedIfPlain, setIntegralFloats } from "./json.js";
import { defaultLimits } from "./limits.js";
import { decodeUtf8 } from "./utf8.js";

/** Bounds of {@link parseJson}; where absent, the package's default limits hold. */
export interface JsonLimits {
  /** Objects and lists within each other. */
  readonly maxDepth?: number;
  /** Bytes of the document, in UTF-8. */
  readonly maxBytes?: number;
}

/**
 * Reads a JSON document as Python's `json` module does: bare `NaN`, `Infinity` and `-Infinity` are numbers, a byte
 * order mark is skipped, and the last of several members of one name wins. Integers outside ±(2^53 - 1) become
 * `bigint`; `__proto__` is a member like all others.
 *
 * @param source - text, or its UTF-8 bytes
 * @throws ZarrError `ERR_METADATA` - malformed JSON or UTF-8; `details.offset` is the byte
 * @throws ZarrError `ERR_LIMIT` - too long, too deep, more than a million objects and lists, or an integer of more than 4,300
 *   digits
 */
export function parseJson(source: string | Uint8Array, limits: JsonLimits = {}): Json {
  const { maxDepth = defaultLimits.jsonDepth, maxBytes = defaultLimits.metadataBytes } = limits;
  if (source.length > maxBytes) {
    throw new ZarrError("ERR_LIMIT", `JSON document of ${source.length} bytes: the limit is ${maxBytes}`);
  }
  const text = typeof source === "string" ? source : decodeUtf8(source);
  return parsedIfPlain(text, maxDepth) ?? new JsonParser(text, maxDepth).document();
}

/** Python refuses longer integers, too; the time to convert one grows faster than its length. */
const maxDigits = 4300;

/** Each takes two bytes of a document, and some 128 of memory. */
const maxContainers = 1_000_000;

const numberToken = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
/** Everything from the space on, except the double quote and the backslash. */
const plainCharacters = /[ !#-[\]-\uffff]*/y;
const whitespace = /[ \t\n\r]*/y;

const escapes = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

const words = new Map<string, Json>([
  ["true", true],
  ["false", false],
  ["null", null],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** An object or list whose end has not been read; `name` is that of the member whose value comes next. */
type OpenContainer =
  | { readonly close: "}"; readonly value: { [member: string]: Json }; name: string; floats?: Set<string> }
  | { readonly close: "]"; readonly value: Json[] };

/** Keeps its own stack instead of recursing, so that depth costs memory in proportion and never the call stack. */
class JsonParser {
  readonly #text: string;
  readonly #maxDepth: number;
  #containers = 0;
  #position: number;
  /** True if the last scalar was an integral float. */
  #isFloat = false;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
    this.#position = text.startsWith("\ufeff") ? 1 : 0;
  }

  document(): Json {
    const open: OpenContainer[] = [];
    for (;;) {
      let value: Json;
      const container = this.#openContainer(open.length);
      this.#isFloat = false;
      if (container === undefined) {
        value = this.#scalar();
      } else if (this.#next() === container.close) {
        this.#position++;
        value = container.value;
      } else {
        if (container.close === "}") container.name = this.#memberName();
        open.push(container);
        continue;
      }
      // `value` is complete: put it where it belongs, and close every container that ends here.
      for (;;) {
        const parent = open.at(-1);
        const next = this.#next();
        if (parent === undefined) {
          if (next !== "") this.#fail("the end of the document");
          return value;
        }
        if (parent.close === "]") parent.value.push(value);
        else this.#setMember(parent, value);
        if (next !== "," && next !== parent.close) this.#fail(`"," or "${parent.close}"`);
        this.#position++;
        if (next === ",") {
          if (parent.close === "}") parent.name = this.#memberName();
          break;
        }
        open.pop();
        value = parent.value;
        this.#isFloat = false;
      }
    }
  }

  #openContainer(depth: number): OpenContainer | undefined {
    const character = this.#next();
    if (character !== "{" && character !== "[") return undefined;
    if (++this.#containers > maxContainers) {
      const offset = this.#byteOffset();
      const message = `JSON with more than ${maxContainers} objects and lists, at byte ${offset}`;
      throw new ZarrError("ERR_LIMIT", message, { offset });
    }
    if (depth >= this.#maxDepth) {
      const offset = this.#byteOffset();
      throw new ZarrError("ERR_LIMIT", `JSON nested deeper than the limit of ${this.#maxDepth}, at byte ${offset}`, {
        offset,
      });
    }
    this.#position++;
    return character === "{" ? { close: "}", value: {}, name: "" } : { close: "]", value: [] };
  }

  /** The next character that is not white space, without consuming it; "" at the end. */
  #next(): string {
    if (this.#text.charCodeAt(this.#position) <= 0x20) {
      whitespace.lastIndex = this.#position;
      whitespace.test(this.#text);
      this.#position = whitespace.lastIndex;
    }
    return this.#text.charAt(this.#position);
  }

  #memberName(): string {
    if (this.#next() !== '"') this.#fail("a member name in double quotes");
    const name = this.#string();
    if (this.#next() !== ":") this.#fail('":"');
    this.#position++;
    return name;
  }

  #scalar(): Json {
    const character = this.#next();
    if (character === '"') return this.#string();
    numberToken.lastIndex = this.#position;
    const match = numberToken.exec(this.#text);
    if (match !== null) {
      this.#position = numberToken.lastIndex;
      if (match[1] === undefined && match[2] === undefined) return this.#integer(match[0]);
      const value = Number(match[0]);
      this.#isFloat = Number.isInteger(value);
      return value;
    }
    for (const [word, value] of words) {
      if (this.#text.startsWith(word, this.#position)) {
        this.#position += word.length;
        return value;
      }
    }
    return this.#fail("a value");
  }

  #setMember(parent: OpenContainer & { close: "}" }, value: Json): void {
    const { value: object, name } = parent;
    setMember(object, name, value);
    if (this.#isFloat) {
      parent.floats ??= new Set();
      parent.floats.add(name);
      setIntegralFloats(object, parent.floats);
    } else {
      parent.floats?.delete(name);
    }
  }

  #integer(digits: string): number | bigint {
    const value = Number(digits);
    if (Number.isSafeInteger(value)) return value;
    if (digits.length > maxDigits) {
      const offset = this.#byteOffset();
      throw new ZarrError("ERR_LIMIT", `JSON integer of more than ${maxDigits} digits, before byte ${offset}`, {
        offset,
      });
    }
    return BigInt(digits);
  }

  #string(): string {
    this.#position++;
    let result = "";
    for (;;) {
      const start = this.#position;
      plainCharacters.lastIndex = start;
      plainCharacters.test(this.#text);
      this.#position = plainCharacters.lastIndex;
      const run = this.#text.slice(start, this.#position);
      result = result === "" ? run : result + run;
      const character = this.#text.charAt(this.#position);
      if (character === '"') {
        this.#position++;
        return result;
      }
      if (character !== "\\") this.#fail("a closing quote, and no bare control character in a string");
      result += this.#escape();
    }
  }

  #escape(): string {
    const letter = this.#text.charAt(this.#position + 1);
    if (letter === "u") {
      const digits = this.#text.slice(this.#position + 2, this.#position + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail("four hexadecimal digits after \\u");
      this.#position += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = escapes.get(letter);
    if (character === undefined) return this.#fail("a valid escape sequence");
    this.#position += 2;
    return character;
  }

  #byteOffset(): number {
    return new TextEncoder().encode(this.#text.slice(0, this.#position)).length;
  }

  #fail(expected: string): never {
    const offset = this.#byteOffset();
    const found = this.#text.slice(this.#position, this.#position + 12);
    const shown = found === "" ? "the end of the document" : JSON.stringify(found);
    throw new ZarrError("ERR_METADATA", `malformed JSON at byte ${offset}: expected ${expected}, found ${shown}`, {
      offset,
    });
  }
}

function setMember(object: { [member: string]: Json }, name: string, value: Json): void {
  if (name !== "__proto__") object[name] = value;
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}
