import { checkOptions } from "../bytes/check-options.js";
import { objectOf, withMember } from "../bytes/json-rewrite.js";
import { withDetails, ZarrError } from "../errors.js";
import { memberOf } from "../metadata/document.js";
import { normalizeNodePath } from "../metadata/node-name.js";
import { parseDocument } from "../metadata/parse-document.js";
import { parseZattrs } from "../metadata/v2.js";
import { checkStore } from "../store/check-store.js";
import type { Store, StoreValues } from "../store/store.js";
import { transact } from "../store/transaction.js";
import type { ConsolidateOptions } from "./consolidate-metadata.js";
import type { ZarrGroup } from "./group.js";
import { loadDocuments, type NodeDocuments, nodeKey, noNode } from "./load-node.js";
import { storedNodes } from "./node-source.js";
import { openGroup } from "./open-node.js";

/** The work of `consolidateMetadata`. */
export async function consolidate(store: Store, options: ConsolidateOptions): Promise<ZarrGroup> {
  checkStore(store);
  checkOptions(options, { path: "any", zarrFormat: "any" });
  const path = normalizeNodePath(options.path ?? "");
  const { zarrFormat } = await openGroup(store, { ...options, path });
  await transact(store, nodeKey(path, "metadata"), async (values) => {
    const own = await loadDocuments(values, path, zarrFormat);
    if (own === undefined) throw await noNode(values, path, zarrFormat);
    const below = await documentsBelow(values, path, zarrFormat);
    const [name, text] = zarrFormat === 3 ? consolidatedV3(own, below) : consolidatedV2(own, below);
    const bytes = new TextEncoder().encode(text);
    const key = nodeKey(path, name);
    if (bytes.length > values.limits.metadataBytes) {
      const message = `the consolidated metadata of ${below.length} nodes takes ${bytes.length} bytes, the limit is ${values.limits.metadataBytes}; limits.metadataBytes raises it, for readers, too`;
      throw new ZarrError("ERR_LIMIT", message, { file: values.path, key });
    }
    await values.set(key, bytes);
  });
  return await openGroup(store, { path, zarrFormat, useConsolidated: true });
}

/** A node below the group: its path from there, its documents, and whether it is a group itself. */
interface NodeBelow {
  readonly path: string;
  readonly documents: NodeDocuments;
  readonly isGroup: boolean;
}

/** All nodes of one format below a group, in zarr-python's order: by depth, then by name without case. */
async function documentsBelow(store: StoreValues, base: string, zarrFormat: 2 | 3): Promise<NodeBelow[]> {
  const found: NodeBelow[] = [];
  const namesOf = await storedNodes(store, zarrFormat).allNames(base);
  const walk = async (group: string) => {
    for (const name of namesOf(group)) {
      const path = nodeKey(group, name);
      const documents = await loadDocuments(store, path, zarrFormat);
      if (documents === undefined) continue;
      const isGroup = checkDocuments(store, path, documents);
      found.push({ path: base === "" ? path : path.slice(base.length + 1), documents, isGroup });
      if (isGroup) await walk(path);
    }
  };
  await walk(base);
  const rank = ({ path }: NodeBelow) => path.split("/").length;
  const fold = ({ path }: NodeBelow) => path.normalize("NFKC").toUpperCase().toLowerCase();
  return found.sort((a, b) => rank(a) - rank(b) || compareCodePoints(fold(a), fold(b)));
}

/** True if the documents are those of a group. @throws ZarrError `ERR_METADATA` - one is no JSON object */
function checkDocuments(store: StoreValues, path: string, documents: NodeDocuments): boolean {
  let isGroup = ".zgroup" in documents;
  for (const [name, text] of Object.entries(documents)) {
    try {
      if (name === ".zattrs") {
        parseZattrs(text, store.limits); // what is no object goes along as it is
        continue;
      }
      const document = parseDocument(text, name, store.limits);
      if (name === "zarr.json") isGroup = memberOf(document, "node_type") === "group";
    } catch (error) {
      throw withDetails(error, { file: store.path, key: nodeKey(path, name) });
    }
  }
  return isGroup;
}

type Consolidated = readonly [name: string, text: string];

function consolidatedV3(own: NodeDocuments, below: readonly NodeBelow[]): Consolidated {
  const name = "zarr.json";
  const inline = (metadata: string) =>
    objectOf([
      ["kind", '"inline"'],
      ["must_understand", "false"],
      ["metadata", metadata],
    ]);
  // A group below says that it has nothing of its own to look up: its members are here, too.
  const nodes = below.map(({ path, documents, isGroup }) => {
    const text = documents[name]!.trim();
    return [path, isGroup ? withMember(text, "consolidated_metadata", inline("{}")) : text] as const;
  });
  return [name, withMember(own[name]!, "consolidated_metadata", inline(objectOf(nodes)))];
}

function consolidatedV2(own: NodeDocuments, below: readonly NodeBelow[]): Consolidated {
  const nodes = [{ path: "", documents: own }, ...below].flatMap(({ path, documents }) =>
    Object.entries(documents).map(([name, text]) => [nodeKey(path, name), text.trim()] as const),
  );
  const members = [
    ["metadata", objectOf(nodes)],
    ["zarr_consolidated_format", "1"],
  ] as const;
  return [".zmetadata", objectOf(members)];
}

/** As Python compares texts: UTF-16 puts characters beyond U+FFFF before some that come after them. */
function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
