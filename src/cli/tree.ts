import type { Command } from "commander";
import { ZarrArray } from "../hierarchy/array.js";
import { addressHelp, openAddress } from "./address.js";
import { addExamples } from "./command-help.js";
import { jsonOfNode } from "./describe-node.js";
import { type CommonOptions, print, printJsonLine } from "./output.js";

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(command, "zarrzip tree heights.zarr.zip");
  command.argument("<file>", addressHelp).action(tree);
}

async function tree(file: string, { json }: CommonOptions): Promise<void> {
  const node = await openAddress(file);
  try {
    if (json) {
      const members = node instanceof ZarrArray ? [] : await node.members({ maxDepth: Number.POSITIVE_INFINITY });
      for (const member of [node, ...members]) await printJsonLine(jsonOfNode(member));
      return;
    }
    if (node instanceof ZarrArray) await print(`/${node.path} (${node.shape.join(", ")}) ${node.dtype}\n`);
    else await print(`${await node.tree()}\n`);
  } finally {
    await node.close();
  }
}
