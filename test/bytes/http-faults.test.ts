// Each fault of a server, once or always, in each phase: the error that says what it is, or the right bytes. Never others, and no hang.
import { describe, expect, test } from "vitest";
import { isSameBytes } from "../../src/bytes/find-bytes.js";
import { HttpSource } from "../../src/bytes/http-source.js";
import { isZarrError } from "../../src/index.js";
import { faultServer } from "../http/fault-server.js";
import { faults, slowFaults } from "../http/faults.js";
import { rareFaults } from "../http/rare-faults.js";
import { isLong } from "../long.js";

const server = faultServer();

const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 8);
const reads = [100_000, 150_000, 200_000].map((offset) => ({ offset, length: 4000 }));

/** Requests of the opening, and then one for each read. */
const phases = { open: 0, "the second request": 1, "the first read": 2, "a later read": 4 };

const right = reads.map(({ offset, length }) => bytes.slice(offset, offset + length));

/** What reading gives: right values, or the code of the error. */
async function outcome(timeoutMs: number): Promise<string> {
  const url = new URL(server.serve("/a.zip", bytes));
  try {
    const source = await HttpSource.open(url, { retries: 1, timeoutMs }, { backoffMs: 1 });
    const found: Uint8Array[] = [];
    for (const { offset, length } of reads) found.push(await source.read(offset, length));
    return found.every((values, i) => isSameBytes(values, right[i]!)) ? "right values" : "wrong values";
  } catch (error) {
    if (!isZarrError(error)) throw error;
    expect(error.message).toContain("/a.zip");
    expect(error.details.file).toBe(url.href);
    return error.code;
  }
}

describe.each(Object.entries(isLong ? { ...faults, ...rareFaults } : faults))(
  "%s",
  (name, { fault, code, passes, needsEarlier }) => {
    const timeoutMs = slowFaults.has(name) ? 150 : 10_000;

    test.each(Object.entries(phases))("always, from %s on", async (_, from) => {
      if (from === 0 && needsEarlier) return;
      server.fault = (exchange) => (exchange.index >= from ? fault(exchange) : undefined);
      expect(await outcome(timeoutMs)).toBe(code ?? "right values");
    });

    test.each(Object.entries(phases))("once, at %s", async (_, at) => {
      if (at === 0 && needsEarlier) return;
      server.fault = (exchange) => (exchange.index === at ? fault(exchange) : undefined);
      const found = await outcome(timeoutMs);
      if (code === undefined || passes) expect(found).toBe("right values");
      // The end of the file is asked for in another way where the server may not know the first.
      else if (at < 2) expect([code, "right values"]).toContain(found);
      else expect(found).toBe(code);
    });
  },
);
