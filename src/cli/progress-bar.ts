import { performance } from "node:perf_hooks";
import process from "node:process";
import type { CommonOptions } from "./output.js";

/** A line on standard error that says how far something has come. */
export interface ProgressBar {
  /** Is given how many of how many are done. */
  readonly update: (progress: { readonly done: number; readonly total: number }) => void;
  /** Removes the line. */
  readonly end: () => void;
}

const barWidth = 24;

/** Milliseconds between two drawings. */
const interval = 100;

/** A bar for work that takes long; one that shows nothing where nobody sees it. */
export function progressBar(what: string, { quiet }: CommonOptions): ProgressBar {
  const { stderr } = process;
  if (quiet || !stderr.isTTY) return { update: () => undefined, end: () => undefined };
  const begin = performance.now();
  let last = begin;
  return {
    update: ({ done, total }) => {
      const now = performance.now();
      if (now - last < interval || total === 0) return;
      last = now;
      const full = Math.round((barWidth * done) / total);
      const rate = (1000 * done) / (now - begin);
      const remaining = Math.ceil((total - done) / rate);
      const bar = `${"█".repeat(full)}${"░".repeat(barWidth - full)}`;
      stderr.write(`\r\x1b[K${what} ${bar} ${done}/${total}, ${rate.toFixed(0)}/s, ${formatSeconds(remaining)} left`);
    },
    end: () => void stderr.write("\r\x1b[K"),
  };
}

function formatSeconds(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes}:${String(seconds % 60).padStart(2, "0")} min`;
}
