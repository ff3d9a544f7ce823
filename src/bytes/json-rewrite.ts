import { isJsonObject, type Json, type JsonObject, stringifyJson } from "./json.js";

/**
 * Writes `value` over the document `source`: what is the same stays as it was written, byte by byte. `1.0` is not `1` to
 * every reader, integers have their digits, and members keep their order, none of which a parsed value remembers.
 *
 * @param old - what `source` says, parsed
 * @throws ZarrError `ERR_ARGUMENT` - something new that JSON cannot hold
 */
export function rewriteJson(source: string, old: Json, value: Json): string {
  return rewrite(source, old, value, "\n");
}

/** As {@link rewriteJson}, of an object of which one member becomes what `text` says, in its place or at the end. */
export function withMember(source: string, name: string, text: string): string {
  const { members, inner, separator, colon, outer } = membersOf(source);
  const texts = new Map([...members].map(([member, written]) => [member, written.prefix + written.text]));
  const lines = inner.includes("\n") ? text.replaceAll("\n", inner) : text;
  texts.set(name, (members.get(name)?.prefix ?? JSON.stringify(name) + colon) + lines);
  return `{${inner}${[...texts.values()].join(separator)}${outer}}`;
}

/** The text of an object around the value of one member. */
export interface MemberPlace {
  readonly before: string;
  readonly after: string;
  /** A line break with the indentation of the member's own line; empty where all is on one line. */
  readonly newline: string;
}

/** The place of a member in an object that is known to be well-formed: the last, if several have the name. */
export function placeOfMember(source: string, name: string): MemberPlace | undefined {
  const { members, inner } = membersOf(source);
  const member = members.get(name);
  if (member === undefined) return undefined;
  const { start, text } = member;
  const newline = inner.includes("\n") ? inner : "";
  return { before: source.slice(0, start), after: source.slice(start + text.length), newline };
}

/** The text of the object with another value of the member at `place`. */
export function textWith({ before, after, newline }: MemberPlace, value: Json): string {
  return before + write(value, newline) + after;
}

/** An object of members that are texts, each on lines of its own. */
export function objectOf(members: Iterable<readonly [name: string, text: string]>): string {
  const lines = Array.from(members, ([name, text]) => `\n  ${JSON.stringify(name)}: ${text.replaceAll("\n", "\n  ")}`);
  return lines.length === 0 ? "{}" : `{${lines.join(",")}\n}`;
}

/** @param newline - a line break with the indentation of the value's own line; empty where all is on one line */
function rewrite(source: string, old: Json | undefined, value: Json, newline: string): string {
  if (isSame(old, value)) return source;
  if (!isJsonObject(old) || !isJsonObject(value) || Object.keys(old).length === 0) return write(value, newline);
  const { members, inner, separator, colon, outer } = membersOf(source);
  const innerLine = inner.includes("\n") ? inner : "";
  const texts: string[] = [];
  for (const [name, member] of members) {
    if (!isPresent(value, name)) continue;
    const was = Object.hasOwn(old, name) ? old[name] : undefined;
    texts.push(member.prefix + rewrite(member.text, was, value[name]!, innerLine));
  }
  for (const name of Object.keys(value)) {
    if (members.has(name) || !isPresent(value, name)) continue;
    texts.push(JSON.stringify(name) + colon + write(value[name]!, innerLine));
  }
  return texts.length === 0 ? "{}" : `{${inner}${texts.join(separator)}${outer}}`;
}

function write(value: Json, newline: string): string {
  return newline === "" ? stringifyJson(value) : stringifyJson(value, { indent: 2 }).replaceAll("\n", newline);
}

function isPresent(object: JsonObject, name: string): boolean {
  return Object.hasOwn(object, name) && object[name] !== undefined;
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  if (!isJsonObject(a) || !isJsonObject(b)) return Object.is(a, b);
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]))
  );
}

interface MemberText {
  /** The name with its colon. */
  readonly prefix: string;
  /** Text of the value, and where in the object's text it begins. */
  readonly text: string;
  readonly start: number;
}

/** An object's text in its parts, all of them as they are written. */
interface ObjectText {
  /** By name; the last of several members with one name, as in parsing. */
  readonly members: ReadonlyMap<string, MemberText>;
  /** White space before the first name. */
  readonly inner: string;
  /** The text between the first two members. */
  readonly separator: string;
  /** The text between the first name and its value. */
  readonly colon: string;
  /** White space after the last value. */
  readonly outer: string;
}

/** The parts of the text of an object, which is known to be well-formed. */
function membersOf(source: string): ObjectText {
  const start = source.indexOf("{") + 1;
  const first = skipSpace(source, start);
  const members = new Map<string, MemberText>();
  let position = first;
  let end = first;
  let separator: string | undefined;
  let colon: string | undefined;
  while (source.charAt(position) === '"') {
    const nameEnd = stringEnd(source, position);
    const valueStart = skipSpace(source, source.indexOf(":", nameEnd) + 1);
    end = valueEnd(source, valueStart);
    const prefix = source.slice(position, valueStart);
    colon ??= source.slice(nameEnd, valueStart);
    const name: string = JSON.parse(source.slice(position, nameEnd));
    members.set(name, { prefix, text: source.slice(valueStart, end), start: valueStart });
    position = skipSpace(source, end);
    if (source.charAt(position) !== ",") break;
    position = skipSpace(source, position + 1);
    separator ??= source.slice(end, position);
  }
  const inner = source.slice(start, first);
  const outer = source.slice(end, position);
  return { members, inner, separator: separator ?? `,${inner}`, colon: colon ?? ": ", outer };
}

function skipSpace(text: string, start: number): number {
  let position = start;
  while (/\s/.test(text.charAt(position))) position++;
  return position;
}

/** End of the string that starts with the quote at `start`. */
function stringEnd(text: string, start: number): number {
  let position = start + 1;
  while (text.charAt(position) !== '"') position += text.charAt(position) === "\\" ? 2 : 1;
  return position + 1;
}

/** End of the value that starts at `start`. */
function valueEnd(text: string, start: number): number {
  let depth = 0;
  for (let position = start; position < text.length; ) {
    const character = text.charAt(position);
    if (depth === 0 && position > start && /[\s,}\]]/.test(character)) return position;
    if (character === '"') position = stringEnd(text, position);
    else position++;
    if (character === "{" || character === "[") depth++;
    if (character === "}" || character === "]") depth--;
    if (depth === 0 && /[}\]"]/.test(character)) return position;
  }
  return text.length;
}
