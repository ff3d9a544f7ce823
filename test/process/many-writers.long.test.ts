// A short soak: processes and threads write one file at once, others read it, and writers are killed and stopped at random. The
// programs soak-*.mjs say what is checked; `npm run soak` does the same for longer.
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("soak-run.mjs", import.meta.url));

test.runIf(process.platform !== "win32")(
  "many writers: kill -9 loses no acknowledged commit, and readers see whole versions only",
  async () => {
    const soak = spawn(process.execPath, [script, "--kills", "20", "--minutes", "0.2"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [output, errors] = await Promise.all([text(soak.stdout), text(soak.stderr)]);
    const summary = JSON.parse(output.trimEnd().split("\n").at(-1)!);
    expect(summary.problems, `${errors} seed ${summary.seed}`).toEqual([]);
    expect(summary).toMatchObject({ lost: 0, leftOpen: 0 });
    for (const count of ["files", "kills", "acknowledged", "rows", "versions", "follows", "rereads"]) {
      expect(summary[count], count).toBeGreaterThan(0);
    }
  },
  90_000,
);
