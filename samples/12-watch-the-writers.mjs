// What four writing processes wait for, live. Each tells of its locks and commits by node:diagnostics_channel; the child forwards that
// to its parent, which prints a line every 100 ms, and a table at the end. This file is both the parent and the children.
import { fork } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createArray, restore, ZipStore } from "zarrzip";

const writers = 4;
const appends = 25;

if (process.argv[2] === "child") process.once("message", work);
else await main();

/** Runs in each child. The channels speak of every store of the process; nothing is published where nobody listens. */
async function work({ state, w }) {
  subscribe("zarrzip:lock", ({ waitMs, retries, error }) => {
    process.send({ kind: "lock", waitMs, retries, error: error?.code });
  });
  subscribe("zarrzip:commit", ({ commit, bytes, heldMs, reruns, error }) => {
    process.send({ kind: "commit", commit, bytes, heldMs, reruns, error: error?.code });
  });
  const array = await restore(state);
  try {
    for (let i = 0; i < appends; i++) await array.append([w, i], { flush: true });
  } finally {
    await array.close();
    process.disconnect();
  }
}

async function main() {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
  const store = await ZipStore.open(join(folder, "watched.zarr.zip"), { mode: "a" });
  try {
    const array = await createArray(store, { shape: [0, 2], chunks: [64, 2], dtype: "int32", compressors: null });
    await store.flush();
    const totals = Array.from({ length: writers }, newTotals);
    const children = totals.map((ofChild, w) => watched({ state: array.getState(), w }, ofChild));
    const start = performance.now();
    const ticker = setInterval(() => {
      if (totals.every(({ commits }) => commits === 0)) return; // the processes are starting
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      const commits = totals.map((ofChild) => ofChild.commits).join(" + ");
      const waited = totals.map(({ waitMs }) => waitMs.toFixed(0)).join(" + ");
      console.log(`${seconds} s: commits ${commits}, waited ${waited} ms`);
    }, 100);
    try {
      await Promise.all(children);
    } finally {
      clearInterval(ticker);
    }
    console.table(totals.map(rounded));
    // What a writer has handed over, while it waited, is in a commit of another one.
    const sum = (name) => totals.reduce((all, ofChild) => all + ofChild[name], 0);
    await array.refresh();
    const appended = sum("commits");
    console.log(`appends: ${appended}, failures: ${sum("failures")}, rows: ${array.shape[0]}`);
    console.log(`the lock was taken for each commit: ${sum("locks") >= sum("commits")}`);
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
}

function newTotals() {
  return {
    locks: 0,
    waitMs: 0,
    longestWaitMs: 0,
    retries: 0,
    commits: 0,
    heldMs: 0,
    reruns: 0,
    bytes: 0,
    failures: 0,
  };
}

/** Adds up what one child tells, until it ends. */
async function watched(task, totals) {
  const child = fork(fileURLToPath(import.meta.url), ["child"]);
  child.on("message", (event) => {
    if (event.error !== undefined) totals.failures++;
    else if (event.kind === "lock") {
      totals.locks++;
      totals.waitMs += event.waitMs;
      totals.longestWaitMs = Math.max(totals.longestWaitMs, event.waitMs);
      totals.retries += event.retries;
    } else {
      totals.commits++;
      totals.heldMs += event.heldMs;
      totals.reruns += event.reruns;
      totals.bytes += event.bytes;
    }
  });
  child.send(task);
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`a child ended with exit code ${code}`);
}

function rounded(totals) {
  return Object.fromEntries(Object.entries(totals).map(([name, number]) => [name, Math.round(number * 10) / 10]));
}
