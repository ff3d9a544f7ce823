import { ZarrError } from "../errors.js";
import type { SelectionEntry } from "../grid/selection.js";
import { slice } from "../grid/slice.js";

/**
 * A basic selection as NumPy writes it: `[0, :, 10:20]` or `0,:,10:20`; `::2` takes every second, `...` all dimensions that are not named.
 *
 * @param ndim - how many dimensions there are
 * @throws ZarrError `ERR_SELECTION` - it is written otherwise
 */
export function parseSelection(text: string, ndim: number): SelectionEntry[] {
  const inner = /^\s*\[(.*)\]\s*$/s.exec(text)?.[1] ?? text;
  if (inner.trim() === "") return [];
  const words = inner
    .replace(/,\s*$/, "")
    .split(",")
    .map((word) => word.trim());
  const named = words.filter((word) => word !== "...").length;
  return words.flatMap((word) =>
    word === "..." ? new Array<null>(Math.max(0, ndim - named)).fill(null) : [parseEntry(word, text)],
  );
}

function parseEntry(word: string, text: string): SelectionEntry {
  if (/^[+-]?\d+$/.test(word)) return Number(word);
  const bounds = /^([+-]?\d+)?\s*:\s*([+-]?\d+)?\s*(?::\s*([+-]?\d+)?)?$/.exec(word);
  if (bounds === null) {
    const message = `${JSON.stringify(word)} in the selection ${JSON.stringify(text)} is neither an index nor a slice: expected, for example, 3, :, 10:20 or ::2`;
    throw new ZarrError("ERR_SELECTION", message);
  }
  const [start, stop, step] = bounds.slice(1).map((bound) => (bound === undefined ? null : Number(bound)));
  return start === null && stop === null && step === null ? null : slice(start!, stop, step);
}
