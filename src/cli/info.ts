import type { Command } from "commander";
import { type Json, type JsonObject, stringifyJson } from "../bytes/json.js";
import { isZarrError } from "../errors.js";
import { ZarrArray } from "../hierarchy/array.js";
import type { ZarrGroup } from "../hierarchy/group.js";
import { nodeKey } from "../hierarchy/load-node.js";
import { UnreadableNode } from "../hierarchy/unreadable-node.js";
import type { ZipStoreStats } from "../store/zip/monitor.js";
import { ZipStore } from "../store/zip/zip-store.js";
import { addressHelp, locateAddress, openAddress } from "./address.js";
import { addExamples } from "./command-help.js";
import { formatCodecs, formatGrid, formatRatio, formatShape, jsonOfNode, type Member } from "./describe-node.js";
import { type NodeUsage, usageBelow } from "./node-usage.js";
import { type CommonOptions, counted, formatBytes, formatCount, formatTable, print, printJson } from "./output.js";

/** So many nodes are opened to be described; of more, `tree` tells. */
const mostNodes = 40;

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(command, "zarrzip info heights.zarr.zip", "zarrzip info heights.zarr.zip:heights --json");
  command.argument("<file>", addressHelp).action(info);
}

async function info(file: string, { json }: CommonOptions): Promise<void> {
  const node = await openAddress(file);
  try {
    const { usage, total } = await usageBelow(node.store, node.path);
    const paths = [...usage.keys()].filter((path) => path !== node.path).sort();
    const members = node instanceof ZarrArray ? [] : await opened(node, paths.slice(0, mostNodes));
    const archive = node.store instanceof ZipStore ? (await node.store.stats()).file : undefined;
    const attributes = attributesOf(node);
    if (json) {
      const withUsage = (member: Member) => ({ ...jsonOfNode(member), stored: usage.get(member.path) });
      const container = { path: node.store.path, kind: archive === undefined ? "folder" : "zip", ...archive };
      await printJson({
        file: container,
        ...withUsage(node),
        attributes,
        nodeCount: paths.length,
        nodes: members.map(withUsage),
      });
      return;
    }
    const size = archive === undefined ? `folder, ${formatBytes(total)}` : formatArchive(archive);
    const lines = [`${String((await locateAddress(file)).input)}: ${size}`];
    if (node instanceof ZarrArray) lines.push(...describeArray(node, usage.get(node.path)));
    else
      lines.push(`/${node.path}: group of Zarr format ${node.zarrFormat}, ${counted(paths.length, "node")} below it`);
    if (attributes !== undefined && Object.keys(attributes).length > 0) lines.push(...formatAttributes(attributes));
    const rest = paths.length - members.length;
    const more = rest > 0 ? `… and ${counted(rest, "more node")}: zarrzip tree\n` : "";
    await print(`${lines.join("\n")}\n${members.length === 0 ? "" : `\n${tableOf(members, usage)}${more}`}`);
  } finally {
    await node.close();
  }
}

async function opened(group: ZarrGroup, paths: readonly string[]): Promise<Member[]> {
  const prefix = nodeKey(group.path, "");
  const members: Member[] = [];
  for (const path of paths) {
    const member = await group.get(path.slice(prefix.length)).catch((error) => {
      if (isZarrError(error)) return new UnreadableNode(group.store, path, error);
      throw error;
    });
    members.push(member);
  }
  return members;
}

function formatArchive({ bytes, entries, deadBytes }: ZipStoreStats["file"]): string {
  const dead = deadBytes === 0 ? "no dead bytes" : `${formatBytes(deadBytes)} of it dead: zarrzip repack removes them`;
  return `ZIP, ${formatBytes(bytes)}, ${counted(entries, "entry", "entries")}, ${dead}`;
}

function describeArray(array: ZarrArray, usage: NodeUsage | undefined): string[] {
  const { path, zarrFormat, dtype, shape, chunks, shards, dimensionNames, nchunks, nbytes } = array;
  const { bytes = 0, values = 0 } = usage ?? {};
  const names = dimensionNames?.map((name) => name ?? "_").join(" × ");
  const ratio = formatRatio(nbytes, bytes);
  const stored = `${formatBytes(bytes)} in ${counted(values, shards === undefined ? "chunk" : "shard")}`;
  return [
    `/${path}: array of Zarr format ${zarrFormat}`,
    `data type   ${dtype}, fill value ${stringifyJson(array.dataType.fillValueToJson(array.metadata.fillValue, zarrFormat))}`,
    `shape       ${formatShape(shape)}${names === undefined ? "" : ` (${names})`}`,
    ...(shards === undefined ? [] : [`shards      ${formatShape(shards)}`]),
    `chunks      ${formatShape(chunks)}, ${formatCount(nchunks)} in all`,
    `codecs      ${array.codecs.map((codec) => stringifyJson(codec as unknown as Json)).join(" ")}`,
    `values      ${nbytes === undefined ? "of varying length" : formatBytes(nbytes)}`,
    `stored      ${stored}${ratio === "" ? "" : `, ratio ${ratio}`}`,
  ];
}

/** Attributes, which must not keep anybody from reading the array. */
function attributesOf(node: ZarrArray | ZarrGroup): JsonObject | undefined {
  return node.metadata.attributesError === undefined ? node.attributes : undefined;
}

function formatAttributes(attributes: JsonObject): string[] {
  const most = 100;
  const lines = Object.entries(attributes).map(([name, value]) => {
    const text = stringifyJson(value);
    return `  ${name}: ${text.length > most ? `${text.slice(0, most)}…` : text}`;
  });
  return ["attributes:", ...lines];
}

function tableOf(members: readonly Member[], usage: ReadonlyMap<string, NodeUsage>): string {
  const rows = members.map((member) => {
    const path = `/${member.path}`;
    if (member instanceof UnreadableNode) return [path, member.error.code, "", "", "", "", ""];
    if (!(member instanceof ZarrArray)) return [path, "group", "", "", "", "", ""];
    const { bytes } = usage.get(member.path)!;
    const { dtype, shape, nbytes } = member;
    return [
      path,
      dtype,
      formatShape(shape),
      formatGrid(member),
      formatCodecs(member),
      formatBytes(bytes),
      formatRatio(nbytes, bytes),
    ];
  });
  return formatTable(["node", "type", "shape", "chunks", "codecs", ">stored", ">ratio"], rows);
}
