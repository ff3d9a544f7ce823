import { ZarrArray } from "../hierarchy/array.js";
import type { ZarrGroup } from "../hierarchy/group.js";
import { UnreadableNode } from "../hierarchy/unreadable-node.js";

/** Any member of a group. */
export type Member = ZarrArray | ZarrGroup | UnreadableNode;

/** The description of a node that `--json` prints. */
export function jsonOfNode(node: Member): { readonly [member: string]: unknown } {
  const { path } = node;
  if (node instanceof UnreadableNode) {
    return { path, kind: "unreadable", code: node.error.code, message: node.error.message };
  }
  if (!(node instanceof ZarrArray)) return { path, kind: "group", zarrFormat: node.zarrFormat };
  const { zarrFormat, dtype, shape, chunks, shards, dimensionNames, codecs, nbytes, nchunks } = node;
  return {
    ...{ path, kind: "array", zarrFormat, dtype, shape, chunks, shards, dimensionNames, codecs },
    bytes: nbytes,
    chunkCount: nchunks,
  };
}

/** A shape for people. */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 0 ? "scalar" : shape.join(" × ");
}

/** Lengths of chunks, and of shards. */
export function formatGrid({ chunks, shards }: ZarrArray): string {
  return `${formatShape(chunks)}${shards === undefined ? "" : ` in ${formatShape(shards)}`}`;
}

/** The codecs of an array's chunks, without those that do nothing but lay out bytes. */
export function formatCodecs({ codecs, shards }: ZarrArray): string {
  const inner = shards === undefined ? codecs : ((codecs[0]?.configuration?.codecs ?? []) as unknown as typeof codecs);
  const names = inner.map((codec) => (typeof codec === "string" ? codec : codec.name));
  const shown = names.filter((name) => name !== "bytes");
  return `${shown.length === 0 ? "none" : shown.join(", ")}${shards === undefined ? "" : " in shards"}`;
}

/** The compression ratio: the size of the values over the stored size. */
export function formatRatio(bytes: number | undefined, stored: number): string {
  return bytes === undefined || stored === 0 ? "" : (bytes / stored).toFixed(2);
}
