import type { Command } from "commander";
import { isJsonObject, type JsonObject } from "../bytes/json.js";
import { parseJson } from "../bytes/parse-json.js";
import { ZarrError } from "../errors.js";
import { createArray } from "../hierarchy/create-array.js";
import { createGroup } from "../hierarchy/group.js";
import { changeFile } from "./change-file.js";
import { addExamples } from "./command-help.js";
import { addLayout, type LayoutOptions, layoutOf, lengthsOf } from "./layout-options.js";
import { report } from "./output.js";
import { readValues } from "./read-values.js";

interface CreateOptions extends LayoutOptions {
  readonly from?: string;
  readonly shape?: string;
  readonly dtype?: string;
  readonly attributes?: string;
  readonly overwrite?: true;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(
    command,
    "zarrzip create new.zarr.zip:counts --shape 100,200 --dtype int16 --chunks 50,50",
    "zarrzip create new.zarr.zip:row --from row.npy",
    `zarrzip create new.zarr.zip:group --attributes '{"title": "Heights"}'`,
  );
  addLayout(command)
    .description(
      "Create an array of values from a file, or of a shape; else a group. Groups that are missing above it are created.",
    )
    .argument("<node>", "FILE:PATH; a file or folder that is missing is created")
    .option("--from <file>", "values, .npy or .csv")
    .option("--shape <lengths>", "as 100,200; default that of the values")
    .option("--dtype <name>", "data type; default that of the values")
    .option("--attributes <json>", "an object")
    .option("--overwrite", "replace whatever is at the path")
    .action(create);
}

async function create(address: string, options: CreateOptions): Promise<void> {
  const { from, dtype, overwrite = false } = options;
  const shape = lengthsOf(options.shape, "shape");
  const layout = layoutOf(options);
  const values = from === undefined ? undefined : await readValues(from);
  const attributes = attributesOf(options.attributes);
  const placed = { overwrite, ...(attributes === undefined ? {} : { attributes }) };
  await changeFile(
    address,
    async (store, path) => {
      if (values === undefined && shape === undefined) return void (await createGroup(store, { path, ...placed }));
      await createArray(store, {
        ...{ path, ...placed, shape: shape ?? values!.shape, dtype: dtype ?? values?.dtype ?? "float64" },
        ...layout,
        ...(values === undefined ? {} : { data: values.data }),
      });
    },
    { create: true },
  );
  await report({ address }, `${address} created`, options);
}

/** @throws ZarrError `ERR_ARGUMENT` - no object */
function attributesOf(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  const attributes = parseJson(text);
  if (isJsonObject(attributes)) return attributes;
  throw new ZarrError(
    "ERR_ARGUMENT",
    `--attributes is ${JSON.stringify(text)}, expected an object, as {"title": "Heights"}`,
  );
}
