// Fill values that are no clear value of their type: what zarr-python takes them for.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openArray } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { interpreter } from "./python.js";

const { executable, reason } = interpreter("ZARRZIP_PYTHON");
const folder = temporaryFolder();
const program = `
import json, sys, warnings
warnings.simplefilter("ignore")
import zarr
array = zarr.open_array(sys.argv[1], mode="r")
print(json.dumps([str(array.fill_value), [str(value) for value in array[:]]]))
`;

describe.skipIf(executable === undefined)(`interop: fill values of text${reason}`, () => {
  test.each([
    ["longer than its type: it is cut off", "xyz", ["xy", ["xy"]]],
    ["many U+0000 before another character: it is cut off to nothing", `${"\0".repeat(1_000_000)}x`, ["", [""]]],
    ["a U+0000 behind a character: it is left out", "a\0", ["a", ["a"]]],
  ])("%s", async (_, fillValue, expected) => {
    const path = `${folder}/${fillValue.length}`;
    mkdirSync(path);
    const document = {
      zarr_format: 3,
      node_type: "array",
      shape: [1],
      data_type: { name: "fixed_length_utf32", configuration: { length_bytes: 8 } },
      chunk_grid: { name: "regular", configuration: { chunk_shape: [1] } },
      chunk_key_encoding: { name: "default" },
      fill_value: fillValue,
      codecs: [{ name: "bytes", configuration: { endian: "little" } }],
      attributes: {},
    };
    writeFileSync(`${path}/zarr.json`, JSON.stringify(document));
    const { stdout, stderr } = spawnSync(executable!, ["-c", program, path], { encoding: "utf8" });
    expect({ found: stdout === "" ? stderr : JSON.parse(stdout) }).toEqual({ found: expected });
    const array = await openArray(path);
    expect([array.fillValue, (await array.get()).data]).toEqual(expected);
    await array.close();
  });
});
