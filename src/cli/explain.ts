import { existsSync, statSync } from "node:fs";
import { isZarrError, type ZarrErrorCode } from "../errors.js";
import { Interrupted } from "./interrupted.js";

/** The command that helps after an error of a file. */
const advice: Readonly<Partial<Record<ZarrErrorCode, (file: string) => string | undefined>>> = {
  ERR_NOT_FOUND: (file) => {
    const [, whole] = /^(.{2,}):[^:]*$/s.exec(file) ?? [];
    return whole !== undefined && existsSync(whole)
      ? `this command takes a file as a whole: ${quoted(whole)}`
      : undefined;
  },
  ERR_ZIP_TAIL: (file) =>
    statSync(file, { throwIfNoEntry: false })?.size === 0
      ? undefined
      : `zarrzip recover ${quoted(file)} -o COPY saves what is whole in it`,
  ERR_ZIP: (file) => `zarrzip verify ${quoted(file)} lists everything that is wrong with it`,
  ERR_CHECKSUM: (file) => `zarrzip verify --data ${quoted(file)} lists everything that is wrong with it`,
  ERR_CODEC: (file) => `zarrzip verify --data ${quoted(file)} lists everything that is wrong with it`,
};

/**
 * An error as people read it: what, where, why, and what helps.
 * @param words - the command line: no command is advised that has just been given
 */
export function explain(error: unknown, words: readonly string[]): string {
  if (error instanceof Interrupted) return `zarrzip: ${error.message}\n`;
  if (!isZarrError(error)) {
    return `zarrzip: this should not have happened: ${(error as Partial<Error> | undefined)?.stack ?? error}\n`;
  }
  const { code, message, details } = error;
  const helps = details.file === undefined ? undefined : advice[code]?.(details.file);
  const isNew = helps !== undefined && !helps.startsWith(`zarrzip ${words[0]} `);
  return `zarrzip: ${message} (${code})\n${isNew ? `zarrzip: ${helps}\n` : ""}`;
}

/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
