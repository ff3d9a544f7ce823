// Conversions that are interrupted, and go on.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { createArray, createGroup, exportZip, type JsonObject, MemoryStore, ZipStore } from "../../src/index.js";
import { faultServer } from "../http/fault-server.js";
import { temporaryFolder } from "../temporary-folder.js";
import { programFile, zarrzip } from "./run-program.js";

const server = faultServer();
const mebibyte = 2 ** 20;
let source: Uint8Array;

/** An image of OME-Zarr 0.4, of eight chunks of 1 MiB. */
beforeAll(async () => {
  const store = new MemoryStore();
  const axes = ["y", "x"].map((name) => ({ name, type: "space" }));
  const multiscales = [{ version: "0.4", axes, datasets: [{ path: "0" }] }];
  await createGroup(store, { zarrFormat: 2, attributes: { multiscales } as JsonObject });
  await createArray(store, {
    ...{ zarrFormat: 2, path: "0", shape: [8, mebibyte], chunks: [1, mebibyte], dtype: "uint8", compressors: null },
    data: Uint8Array.from({ length: 8 * mebibyte }, (_, i) => (i * 2654435761) >>> 13),
  });
  source = new Uint8Array(await new Response(exportZip(store)).arrayBuffer());
});

/** What a target holds, in its order. */
async function contentsOf(path: string): Promise<unknown> {
  if (path.endsWith(".zarr")) {
    const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const names = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
    return names.map((name) => [name.slice(path.length), readFileSync(name)]);
  }
  const store = await ZipStore.open(path);
  const entries = await store.entries();
  await store.close();
  return entries;
}

test.each([
  ["SIGKILL", "x.zip", []],
  ["SIGINT", "x.zip", ["--workers", "1", "--chunks", "4,1024"]],
  ["SIGKILL", "x.zarr", ["--to", "v3"]],
  ["SIGKILL", "x.ozx", ["--rfc9", "--shards", "1,1048576", "--chunks", "1,65536"]],
] as const)("after %s %s is what it would have been", async (signal, name, options) => {
  const folder = temporaryFolder();
  const url = server.serve("/x.zip", source);
  const words = ["convert", url, name, "--resume", "--memory", "1", ...options];
  const asked = new Promise<void>((resolve) => {
    server.fault = ({ range }) => {
      const isLate = range != null && range.start > 5 * mebibyte && range.end < source.length - mebibyte;
      if (isLate) resolve();
      return isLate; // and never answers
    };
  });
  const program = spawn(process.execPath, [programFile, ...words], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(program, "exit");
  let said = "";
  program.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  await Promise.race([asked, ended]);
  program.kill(signal);
  const [code] = await ended;
  expect({ code, said }).toEqual(
    signal === "SIGKILL"
      ? { code: null, said: "" }
      : {
          code: 130,
          said: `zarrzip: ${name}.partial has what was done: the same command goes on with it\nzarrzip: interrupted\n`,
        },
  );
  expect(readdirSync(folder)).toContain(`${name}.partial`);
  expect(readdirSync(folder)).not.toContain(name);

  server.reset();
  const others = await zarrzip(folder, ...words, "--codec", "gzip");
  expect(others).toMatchObject({ code: 2, stderr: expect.stringContaining("the beginning of another conversion") });

  server.reset();
  expect(await zarrzip(folder, ...words)).toMatchObject({ code: 0, stderr: `zarrzip: ${url} converted to ${name}\n` });
  const requests = server.log.length;
  expect(readdirSync(folder)).toEqual([name]);

  server.reset();
  const through = words.filter((word) => word !== "--resume").with(2, `through-${name}`);
  expect(await zarrzip(folder, ...through)).toMatchObject({ code: 0 });
  expect(requests).toBeLessThan(server.log.length);
  expect(await contentsOf(join(folder, name))).toEqual(await contentsOf(join(folder, `through-${name}`)));
});

test("a failure before anything is done leaves nothing", async () => {
  const folder = temporaryFolder();
  const url = server.serve("/x.zip", source);
  for (const name of ["x.zip", "x.zarr"]) {
    expect(await zarrzip(folder, "convert", url, name, "--resume", "--chunks", "1,1,1")).toMatchObject({ code: 2 });
  }
  expect(readdirSync(folder)).toEqual([]);
});
