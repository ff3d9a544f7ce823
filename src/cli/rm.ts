import type { Command } from "commander";
import { ZarrError } from "../errors.js";
import { openGroup } from "../hierarchy/open-node.js";
import { changeFile } from "./change-file.js";
import { addExamples } from "./command-help.js";
import { type CommonOptions, report } from "./output.js";

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(command, "zarrzip rm heights.zarr.zip:more/names");
  command
    .description("Remove an array or a group, with everything below it. The bytes stay in a ZIP until it is repacked.")
    .argument("<node>", "FILE:PATH of an array or group")
    .action(remove);
}

async function remove(address: string, options: CommonOptions): Promise<void> {
  await changeFile(address, async (store, path) => {
    if (path === "")
      throw new ZarrError("ERR_ARGUMENT", `${address} names no array or group within the file: expected FILE:PATH`);
    const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
    const group = await openGroup(store, { path: parent });
    await group.delete(path.slice(parent === "" ? 0 : parent.length + 1));
  });
  await report({ address }, `${address} removed`, options);
}
