import { once } from "node:events";
import process from "node:process";
import { type Json, stringifyJson } from "../bytes/json.js";

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: true;
  readonly quiet?: true;
}

/** Version of the form of everything that `--json` prints. */
const schemaVersion = 1;

/** Writes data to standard output, and waits where whoever reads it is slower. */
export async function print(data: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(data)) await once(process.stdout, "drain");
}

/** Prints a result as one JSON object. */
export async function printJson(result: { readonly [member: string]: unknown }): Promise<void> {
  await print(`${stringifyJson(pure({ schemaVersion, ...result }), { indent: 2 })}\n`);
}

/** Prints one of many results as a line of JSON. */
export async function printJsonLine(result: { readonly [member: string]: unknown }): Promise<void> {
  await print(`${stringifyJson(pure({ schemaVersion, ...result }))}\n`);
}

/** Says something about what is done, on standard error. */
export function note(text: string, { quiet }: CommonOptions): void {
  if (!quiet) process.stderr.write(`zarrzip: ${text}\n`);
}

/** Says what was done: as one JSON object where that was asked for. */
export async function report(
  result: { readonly [member: string]: unknown },
  text: string,
  options: CommonOptions,
): Promise<void> {
  if (options.json) await printJson(result);
  else note(text, options);
}

/** A value as every JSON parser accepts it: numbers that JSON cannot express are text, as in a metadata document. */
export function pure(value: unknown): Json {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array, pure);
  if (Array.isArray(value)) return value.map(pure);
  if (typeof value !== "object" || value === null) return value as Json;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, pure(member)]));
}

/** A whole number with its thousands apart. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A size in bytes, with three digits of the largest unit that fits. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
  let [size, unit] = [bytes / 1024, 0];
  for (; size >= 1023.5 && unit < units.length - 1; unit++) size /= 1024;
  return `${size < 10 ? size.toFixed(2) : size < 100 ? size.toFixed(1) : size.toFixed(0)} ${units[unit]}`;
}

/** A count and its noun, as "1 array" and "2 arrays". */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** Rows in columns, two spaces apart; those whose heading begins with `>` are aligned to the right. */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const titles = headings.map((heading) => heading.replace(/^>/, ""));
  const widths = titles.map((title, c) => Math.max(title.length, ...rows.map((row) => [...row[c]!].length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, c) => {
        const gap = " ".repeat(widths[c]! - [...cell].length);
        return headings[c]!.startsWith(">") ? gap + cell : cell + gap;
      })
      .join("  ")
      .trimEnd();
  return [titles, ...rows].map((row) => `${line(row)}\n`).join("");
}
