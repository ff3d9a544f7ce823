// Addresses of nodes, as neuroglancer and tensorstore write them: taken by open(), and given by formatLocation().
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import {
  createArray,
  createGroup,
  DirectoryStore,
  formatLocation,
  MemoryStore,
  open,
  openArray,
  openGroup,
  type Store,
  ZipStore,
} from "../../src/index.js";
import { faultServer } from "../http/fault-server.js";
import { interpreter, Python } from "../interop/python.js";
import { temporaryFolder } from "../temporary-folder.js";

const server = faultServer();
const folder = temporaryFolder();
const zip = `${folder}/image.zarr.zip`;
const zip2 = `${folder}/a b%|é.zip`;
const tree = `${folder}/image.zarr`;

async function fill(store: Store, zarrFormat: 2 | 3): Promise<void> {
  await createGroup(store, { zarrFormat });
  for (const path of ["path/to/array", "x y/50%: é"]) {
    await createArray(store, { path, zarrFormat, shape: [3], dtype: "int32", data: Int32Array.of(5, 6, 7) });
  }
  await store.close();
}

beforeAll(async () => {
  await fill(await ZipStore.open(zip, { mode: "w" }), 3);
  await fill(await ZipStore.open(zip2, { mode: "w" }), 2);
  await fill(await DirectoryStore.open(tree, { mode: "w" }), 3);
});

const serve = () => server.serve("/image.zarr.zip", readFileSync(zip));

/** Opens an address, and tells which node is there. */
async function found(address: string | URL, options = {}): Promise<string> {
  const node = await open(address, options);
  try {
    return `${node.kind} ${node.path}`;
  } finally {
    await node.close();
  }
}

test.each([
  [`${zip}:/path/to/array`, "array path/to/array"],
  [`${zip}:/path/`, "group path"],
  [`${zip}:/`, "group "],
  [`${zip}|zip:path/to/array/|zarr3:`, "array path/to/array"],
  [`file://${zip}:/path/to/array`, "array path/to/array"],
  [`file://${zip}|zip:path/to/array/|zarr3:`, "array path/to/array"],
  [`file://${zip}|zip:path/to/array|zarr3`, "array path/to/array"],
  [`file://${zip}|zip:path/|zarr:to/array/`, "array path/to/array"],
  [`file://${zip}|zip:x%20y/50%25%3A%20%C3%A9/|zarr3:`, "array x y/50%: é"],
  [`file://${zip}|zip:|zarr3:`, "group "],
  [`file://${zip}|zip`, "group "],
  [`file://${zip}|zarr3:path/to/array`, "array path/to/array"],
  [`file://${tree}/|zarr3:path/to/array/`, "array path/to/array"],
  [`file://${tree}/path/to/array/|zarr3:`, "array "],
  [`${tree}:/path/to/array`, "array path/to/array"],
])("%s", async (address, node) => {
  expect(await found(address)).toBe(node);
});

test("the same behind a URL, with its query", async () => {
  const url = serve();
  for (const address of [
    `${url}:/path/to/array`,
    new URL(`${url}:/path/to/array?key=1`),
    `${url}?key=1|zip:path/to/array/|zarr3:`,
    new URL(`${url}|zip:path/to/array/|zarr3:`),
  ]) {
    expect(await found(address)).toBe("array path/to/array");
  }
  expect(new Set(server.log.map((request) => request.url))).toEqual(
    new Set(["/image.zarr.zip", "/image.zarr.zip?key=1"]),
  );
  server.serve("/https://host/x.zip", readFileSync(zip));
  expect(await found(`${server.origin}/https://host/x.zip:/path/to/array`)).toBe("array path/to/array");
});

test("a local file that has such a name is opened as it is", async () => {
  mkdirSync(`${folder}/x.zip:`);
  for (const name of ["x.zip:/a", "x.zip|zip:b"]) {
    copyFileSync(zip, `${folder}/${name}`);
    expect(await found(`${folder}/${name}`)).toBe("group ");
  }
  expect(await found(`${folder}/x.zip:/a:/path/to/array`)).toBe("array path/to/array");
});

test("the letter of a drive, and the scheme of a URL, end at no file", async () => {
  for (const name of ["C:/data/x.zip", "c:\\data\\x.zip"]) {
    await expect(open(name)).rejects.toMatchObject({
      code: "ERR_NOT_FOUND",
      details: { file: expect.stringContaining(name) },
    });
  }
  const missing = `${folder}/none.zip`;
  await expect(open(`${missing}:/a:/b`)).rejects.toMatchObject({ code: "ERR_NOT_FOUND", details: { file: missing } });
});

describe("what an address says", () => {
  test("is the format, which is looked for", async () => {
    await expect(open(`${zip}|zip:path/to/array/|zarr2:`)).rejects.toMatchObject({
      code: "ERR_NOT_FOUND",
      message: expect.stringContaining("Zarr format 2"),
    });
  });

  test("may be said again by the options, and nothing else", async () => {
    const address = `${zip}|zip:path/to/array/|zarr3:`;
    expect(await found(address, { path: "/path/to/array/", zarrFormat: 3 })).toBe("array path/to/array");
    for (const options of [{ zarrFormat: 2 }, { path: "x y" }, { path: "" }] as const) {
      await expect(openArray(address, options)).rejects.toMatchObject({ code: "ERR_ARGUMENT", details: { file: zip } });
    }
    expect(await found(`${zip}|zarr3:`, { path: "path/to/array" })).toBe("array path/to/array");
  });

  test.each([
    ["|n5:", "n5:"],
    ["|zip:a/|gzip:", "gzip:"],
    ["|zip:a.zip|zip:b", "zip:"],
    ["|zarr3:|zarr2:", "zarr2:"],
    ["|zarr3:|zip:", "zip:"],
  ])("%s cannot be read, and is named", async (steps, named) => {
    const secret = `${server.origin}/x.zip?key=secret`;
    const error = await openGroup(secret + steps).catch((reason) => reason);
    expect(error).toMatchObject({ code: "ERR_UNSUPPORTED", message: expect.stringContaining(` ${named}`) });
    expect(JSON.stringify(error.toState())).not.toContain("secret");
    expect(server.log).toEqual([]);
  });

  test.each(["gs://bucket/x.zip|zip:a/|zarr3:", "s3://bucket/x.zip:/a"])("%s is of another scheme", async (address) => {
    await expect(open(address)).rejects.toMatchObject({
      code: "ERR_UNSUPPORTED",
      message: expect.stringContaining(`${address.slice(0, 2)}: URLs`),
    });
  });

  test("a folder is not a ZIP", async () => {
    for (const root of [folder, `file://${folder}`]) {
      await expect(open(`${root}|zip:a/|zarr3:`)).rejects.toMatchObject({
        code: "ERR_ZIP",
        message: expect.stringContaining("is a folder"),
      });
    }
  });

  test.each(["|zip:50%", "|zip:a?b", "|zip:%ff/|zarr3:"])("%s is not percent-encoded", async (steps) => {
    await expect(open(zip + steps)).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
  });
});

describe("formatLocation", () => {
  test.each([
    [zip, "path/to/array", (root: string) => `${root}|zip:path/to/array/|zarr3:`],
    [zip, "", (root: string) => `${root}|zip:|zarr3:`],
    [zip2, "x y/50%: é", (root: string) => `${root}|zip:x%20y/50%25%3A%20%C3%A9/|zarr2:`],
    [tree, "path/to/array", (root: string) => `${root}/|zarr3:path/to/array/`],
    [tree, "", (root: string) => `${root}/|zarr3:`],
  ])("%s, %s: a pipeline that leads back", async (file, path, expected) => {
    const node = await open(file, { path });
    const address = formatLocation(node);
    expect(address).toBe(expected(pathToFileURL(file).href.replaceAll("|", "%7C")));
    const again = await open(address);
    expect([again.store.path, again.path, again.zarrFormat]).toEqual([file, path, node.zarrFormat]);
    expect(formatLocation(again)).toBe(address);
    await node.close();
    await again.close();
  });

  test("of a URL without its query, user and password", async () => {
    const url = serve();
    const node = await openArray(`${url.replace("//", "//me:secret@")}?key=secret|zip:path/to/array/|zarr3:`);
    expect(formatLocation(node)).toBe(`${url}|zip:path/to/array/|zarr3:`);
    await node.close();
    expect(() => formatLocation(node)).toThrowError(expect.objectContaining({ code: "ERR_CLOSED" }));
  });

  test("there is none for bytes and memory", async () => {
    for (const node of [await openGroup(readFileSync(zip)), await createGroup(new MemoryStore())]) {
      expect(() => formatLocation(node)).toThrowError(expect.objectContaining({ code: "ERR_UNSUPPORTED" }));
    }
  });
});

const { executable, reason } = interpreter("ZARRZIP_PYTHON");

test.skipIf(executable === undefined)(`tensorstore opens the same strings${reason}`, async () => {
  const python = new Python(executable!);
  try {
    for (const file of [zip, zip2, tree]) {
      const node = await openArray<"int32">(file, { path: "x y/50%: é" });
      const address = formatLocation(node);
      expect(await python.openUrl(address)).toEqual({ data: [5, 6, 7], url: expect.any(String) });
      // What tensorstore calls the same array is opened here.
      const { url } = await python.openUrl(address);
      const again = await openArray<"int32">(url);
      expect([...(await again.get()).data]).toEqual([5, 6, 7]);
      await again.close();
      await node.close();
    }
  } finally {
    python.close();
  }
});
