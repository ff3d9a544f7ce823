import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { isZarrError, type ZarrErrorCode } from "../errors.js";
import { Interrupted } from "./interrupted.js";

/** The command that helps after an error of a file. */
const advice: Readonly<Partial<Record<ZarrErrorCode, (file: string, message: string) => string | undefined>>> = {
  ERR_NOT_FOUND: (file, message) => {
    if (/ is a group, not an array/.test(message)) return `zarrzip tree ${quoted(file)} draws them`;
    const [, whole] = /^(.{2,}):[^:]*$/s.exec(file) ?? [];
    return whole !== undefined && existsSync(whole)
      ? `this command takes a file as a whole: ${quoted(whole)}`
      : undefined;
  },
  ERR_ZIP_TAIL: recoveryOf,
  ERR_ZIP: (file) => `zarrzip verify ${quoted(file)} lists everything that is wrong with it`,
  ERR_CHECKSUM: (file) => `zarrzip verify --data ${quoted(file)} lists everything that is wrong with it`,
  ERR_CODEC: (file) => `zarrzip verify --data ${quoted(file)} lists everything that is wrong with it`,
};

/** Advice in errors for programs, and the advice for a command line in its place. */
export const rewordings: readonly (readonly [told: string, instead: string])[] = [
  [": use openGroup, or name one of its arrays", ": name one of its arrays"],
  [": use openArray", ": name a group"],
  ["; recover(file, target) copies what is whole of it", ""],
  [": remove them, or, if they may, repack with forceLock: true", ": remove them first"],
];

/**
 * An error as people read it: what, where, why, and what helps.
 * @param words - the command line: no command is advised that has just been given
 */
export function explain(error: unknown, words: readonly string[]): string {
  if (error instanceof Interrupted) return `zarrzip: ${error.message}\n`;
  if (!isZarrError(error)) {
    return `zarrzip: this should not have happened: ${(error as Partial<Error> | undefined)?.stack ?? error}\n`;
  }
  const { code, details } = error;
  const message = reworded(error.message);
  const helps = details.file === undefined ? undefined : advice[code]?.(details.file, message);
  const isNew = helps !== undefined && !helps.startsWith(`zarrzip ${words[0]} `);
  return `zarrzip: ${message} (${code})\n${isNew ? `zarrzip: ${helps}\n` : ""}`;
}

/** The message of an error for whoever has typed a command. */
export function reworded(message: string): string {
  return rewordings.reduce((text, [told, instead]) => text.replace(told, instead), message);
}

/** How to save what is whole in a damaged file; `undefined` where no entry of a ZIP begins in its first or last megabyte: it is hardly one. */
export function recoveryOf(file: string): string | undefined {
  if (!existsSync(file)) return undefined; // a URL
  const descriptor = openSync(file, "r");
  try {
    const part = Buffer.alloc(2 ** 20);
    const isZip = [0, Math.max(0, fstatSync(descriptor).size - part.length)].some((position) => {
      const size = readSync(descriptor, part, { position });
      return part.subarray(0, size).includes("PK\x03\x04", 0, "latin1");
    });
    return isZip ? `zarrzip recover ${quoted(file)} -o COPY saves what is whole in it` : undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
