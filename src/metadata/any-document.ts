/** The rarer contents of documents, loaded with the first of them. */
import type { Json } from "../bytes/json.js";
import { defaultLimits, type Limits } from "../bytes/limits.js";
import { readFillValue } from "../data-type/read-fill-value.js";
import { dataTypeFromJson } from "../data-type/registry.js";
import { parseChunkGrid } from "./any-chunk-grid.js";
import { ConsolidatedMetadata } from "./consolidated.js";
import { invalid, memberOf, requireObject } from "./document.js";
import type { NodeMetadata } from "./node-metadata.js";
import { parseDocument } from "./parse-document.js";
import { knowTheRest, nodeFromDocumentV3 } from "./v3.js";

export { arrayFromDocumentV3, groupFromDocumentV3 } from "./v3.js";

/** As `readNodeV3()`, at once. */
export function parseNodeV3(source: Uint8Array | string, limits: Limits = defaultLimits): NodeMetadata {
  return nodeFromDocumentV3(parseDocument(source, "zarr.json", limits), limits);
}

/** Only the kind "inline", which zarr-python writes, is known; of another kind the member may say that it may be ignored. */
function parseConsolidatedV3(json: Json, limits: Limits): ConsolidatedMetadata<NodeMetadata> | undefined {
  const consolidated = requireObject(json, "consolidated_metadata");
  const kind = memberOf(consolidated, "kind");
  if (kind !== "inline") {
    if (memberOf(consolidated, "must_understand") === false) return undefined;
    invalid("consolidated_metadata.kind", kind, '"inline"');
  }
  const nodes = requireObject(memberOf(consolidated, "metadata"), "consolidated_metadata.metadata");
  const documents = Object.entries(nodes).map(
    ([path, node]) => [path, () => nodeFromDocumentV3(requireObject(node, path), limits)] as const,
  );
  return new ConsolidatedMetadata(new Map(documents));
}

knowTheRest({ dataTypeFromJson, readFillValue, parseChunkGrid, parseConsolidatedV3 });
