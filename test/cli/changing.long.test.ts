import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../temporary-folder.js";
import { writeSample, zarrzip } from "./run-program.js";

const folder = temporaryFolder();

beforeAll(async () => {
  await writeSample(join(folder, "a.zip"));
  await done("create", "typed.zip:flags", "--shape", "2", "--dtype", "bool");
  await done("create", "typed.zip:times", "--shape", "2", "--dtype", "datetime64[s]");
});

async function done(...words: string[]): Promise<string> {
  const [command, ...rest] = words as [string, ...string[]];
  const { code, stdout, stderr } = await zarrzip(folder, command, "--quiet", ...rest);
  expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: "" });
  return stdout;
}

/** What numpy.save writes of array([[1, 2], [3, 4]], dtype) in this byte order. */
function npy(dtype: string, values: Uint8Array, order = "False"): Uint8Array {
  const header = `{'descr': '${dtype}', 'fortran_order': ${order}, 'shape': (2, 2), }`.padEnd(117);
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00\x76\x00", "latin1"), Buffer.from(`${header}\n`), values]);
}

describe.each(["b.zip", "b.zarr"])("in a new %s", (file) => {
  test("arrays are created, changed, appended to, copied and removed", async () => {
    writeFileSync(join(folder, "x.npy"), npy(">i2", Uint8Array.of(0, 1, 0, 2, 0, 3, 0, 4)));
    await done("create", `${file}:group/x`, "--from", "x.npy", "--chunks", "1,2", "--attributes", '{"unit":"m"}');
    expect(await done("get", `${file}:group/x`)).toBe("[[1 2]\n [3 4]]\n");
    await done("append", `${file}:group/x`, "x.npy");
    await done("set", `${file}:group/x`, "[0]", "9");
    await done("set", `${file}:group/x`, "[1:3]", "--from", "x.npy");
    expect(await done("get", `${file}:group/x`)).toBe("[[9 9]\n [1 2]\n [3 4]\n [3 4]]\n");
    await done("cp", `${file}:group/x`, `${file}:y`);
    await done("rm", `${file}:group`);
    expect(await done("tree", file)).toBe("/\n└── y (4, 2) int16\n");
    await done("create", `${file}:z`, "--shape", "3", "--dtype", "float32");
    expect(await done("get", `${file}:z`)).toBe("[0. 0. 0.]\n");
    await done("cp", "a.zip:more", `${file}:deep/er`);
    expect(await done("get", `${file}:deep/er/counts`, "[3]")).toBe("9\n");
  });
});

test("numbers of a .csv", async () => {
  writeFileSync(join(folder, "table.csv"), "1,2.5\nnan,-inf\n");
  await done("create", "csv.zip:x", "--from", "table.csv");
  expect(await done("get", "csv.zip:x")).toBe("[[ 1.   2.5]\n [ nan -inf]]\n");
});

describe("diff", () => {
  test("files that hold the same are the same, however they are stored", async () => {
    await done("unpack", "a.zip", "-o", "a.zarr");
    expect(await done("diff", "a.zip", "a.zarr")).toBe("");
  });

  test("names what differs, and ends with 1", async () => {
    await done("unpack", "a.zip", "-o", "c.zarr");
    await done("set", "c.zarr:heights", "[101, 7]", "-1");
    await done("rm", "c.zarr:more/names");
    await done("create", "c.zarr:more/counts", "--shape", "3", "--dtype", "int8", "--overwrite");
    const { code, stdout } = await zarrzip(folder, "diff", "a.zip", "c.zarr");
    expect(code).toBe(1);
    // Row 101 of 300 columns has (101 · 300 + 7) / 4 at column 7.
    expect(stdout).toBe(`/heights: values: [101, 7] is 7576.75 here, -1 there
/more/counts: dtype: int16 here, int8 there
/more/counts: shape: [20] here, [3] there
/more/names: node: array here, nothing there
`);
    expect((await zarrzip(folder, "diff", "--no-data", "a.zip:heights", "c.zarr:heights")).code).toBe(0);
  });
});

describe("what is wrong changes nothing", () => {
  test.each([
    [["create", "a.zip:heights", "--shape", "3"], 2, "ERR_EXISTS"],
    [["create", "nothere/x.zip:y", "--shape", "3"], 3, "ERR_NOT_FOUND"],
    [["create", "new.zip:x", "--shape", "three"], 2, '--shape is "three"'],
    [["set", "a.zip:heights", "[0]"], 2, "expected a value, or --from"],
    [["set", "a.zip:nothere", "[0]", "1"], 3, "ERR_NOT_FOUND"],
    [["set", "a.zip:heights", "[0]", "abc"], 2, '"abc" is not a value of type float32: expected a number'],
    [["set", "a.zip:heights", "[0]", ""], 2, '"" is not a value of type float32: expected a number'],
    [["set", "typed.zip:flags", "[0]", "maybe"], 2, '"maybe" is not a value of type bool: expected true or false'],
    [["set", "typed.zip:times", "[0]", "noon"], 2, "expected a date that is a whole number of steps of s"],
    [["set", "typed.zip:times", "[0]", "2024-02-30"], 2, "expected a date"],
    [["set", "typed.zip:times", "[0]", "2024-05-01T12:00:00.5"], 2, "expected a date"],
    [["create", "new.zarr:x", "--shape", "3", "--dtype", "nope"], 5, "ERR_DATA_TYPE"],
    [["append", "a.zip:heights", "fortran.npy"], 5, "Fortran order"],
    [["append", "a.zip:heights", "short.npy"], 2, "it has 7 bytes of values, expected 8"],
    [["append", "a.zip:heights", "x.txt"], 2, "expected one that ends in .npy or .csv"],
    [["rm", "a.zip"], 2, "expected FILE:PATH"],
    [["rm", "a.zip:nothere"], 3, "ERR_NOT_FOUND"],
    [["cp", "a.zip:more", "a.zip:more/deeper"], 2, "ERR_ARGUMENT"],
  ])("%j", async (words, expected, message) => {
    writeFileSync(join(folder, "fortran.npy"), npy("<i2", new Uint8Array(8), "True"));
    writeFileSync(join(folder, "short.npy"), npy("<i2", new Uint8Array(7)));
    const [before, names] = [await done("ls", "--zip", "a.zip"), readdirSync(folder)];
    const { code, stderr } = await zarrzip(folder, ...words);
    expect({ code, stderr }).toEqual({ code: expected, stderr: expect.stringContaining(message) });
    expect(await done("ls", "--zip", "a.zip")).toBe(before);
    expect(readdirSync(folder)).toEqual(names);
  });

  test("values of set are those of the data type", async () => {
    for (const value of ["True", "1", "false"]) await done("set", "typed.zip:flags", "[0]", value);
    expect(await done("get", "typed.zip:flags")).toBe("[False False]\n");
    await done("set", "typed.zip:times", "[1]", "86400");
    expect(await done("get", "typed.zip:times")).toContain("1970-01-02T00:00:00");
    await done("create", "typed.zip:floats", "--shape", "3", "--dtype", "float32");
    await done("set", "typed.zip:floats", "[0]", "inf");
    await done("set", "typed.zip:floats", "[1]", "nan");
    expect(await done("get", "typed.zip:floats")).toBe("[inf nan  0.]\n");
  });

  test.each([
    ["datetime64[D]", "'2024-05-01'"],
    ["datetime64[ns]", "'2024-05-01T12:30:00.123456789'"],
    ["datetime64[10us]", "'1970-01-01T00:00:00.000050'"],
    ["datetime64[W]", "'2024-05-02'"],
    ["datetime64[M]", "'2024-05'"],
    ["datetime64[Y]", "'2024'"],
    ["datetime64[s]", "'NaT'"],
    ["timedelta64[10us]", "-3"],
    ["timedelta64[s]", "'NaT'"],
    ["complex64", "1.5-2.j"],
    ["complex128", "nan+infj"],
    ["complex128", "1.e+10+1.e-05j"],
    ["float64", "-2.5e-09"],
    ["int64", "-9223372036854775807"],
    ["V3", "0x0102ff"],
    ["bytes", "0x00ff"],
  ])("set takes a value of %s as get prints it: %s", async (dtype, value) => {
    await done("create", "taken.zip:x", "--shape", "2", "--dtype", dtype, "--overwrite");
    await done("set", "taken.zip:x", "[1]", value);
    expect(await done("get", "taken.zip:x", "[1]")).toBe(`${value}\n`);
    const unquoted = value.replaceAll("'", "");
    await done("set", "taken.zip:x", "[0]", "--", unquoted);
    expect(await done("get", "taken.zip:x", "[0]")).toBe(`${value}\n`);
  });

  test("the numbers behind dates are those of NumPy", async () => {
    await done("create", "npy.zip:x", "--shape", "2", "--dtype", "datetime64[s]");
    await done("set", "npy.zip:x", "[0]", "2024-05-01T12:30Z");
    await done("get", "npy.zip:x", "-o", "times.npy");
    // numpy.datetime64("2024-05-01T12:30", "s").astype("i8")
    expect(readFileSync(join(folder, "times.npy")).readBigInt64LE(128)).toBe(1_714_566_600n);
  });
});
