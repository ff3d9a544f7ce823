import { withDetails } from "../errors.js";

/** The metadata of every node below a group, kept in one document; each is parsed when it is first asked for. */
export class ConsolidatedMetadata<Metadata> {
  readonly #documents: ReadonlyMap<string, () => Metadata>;
  readonly #parsed = new Map<string, Metadata>();

  /** @param documents - by path relative to the group; each function parses one node's documents */
  constructor(documents: ReadonlyMap<string, () => Metadata>) {
    this.#documents = documents;
  }

  /** Paths relative to the group, in the document's order. */
  paths(): IterableIterator<string> {
    return this.#documents.keys();
  }

  /**
   * Metadata of the node at `path`; `undefined` if there is none.
   * @throws ZarrError `ERR_METADATA` - that node's part of the document is not valid
   */
  get(path: string): Metadata | undefined {
    const parsed = this.#parsed.get(path);
    const parse = this.#documents.get(path);
    if (parsed !== undefined || parse === undefined) return parsed;
    try {
      const node = parse();
      this.#parsed.set(path, node);
      return node;
    } catch (error) {
      throw withDetails(error, { path });
    }
  }
}
