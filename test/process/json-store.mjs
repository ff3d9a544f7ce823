// A kind of store that the package does not have, as a user's module has it. Importing it registers it.
import { readFileSync } from "node:fs";
import { MemoryStore, register, ZarrError } from "../../dist/index.js";

/** The values of a JSON file, in base64, by key. */
export class JsonStore extends MemoryStore {
  #file;

  constructor(file) {
    const texts = Object.entries(JSON.parse(readFileSync(file, "utf8")));
    const values = new Map(texts.map(([key, text]) => [key, new Uint8Array(Buffer.from(text, "base64"))]));
    super({ readOnly: true, values });
    this.#file = file;
  }

  getState() {
    return { kind: "example.JsonStore", version: 1, readOnly: true, file: this.#file };
  }
}

function restore({ file }, { roots }) {
  if (roots !== undefined && !roots.some((root) => file.startsWith(`${root}/`))) {
    throw new ZarrError("ERR_STATE", `${file} is in none of the allowed folders`, { file });
  }
  return new JsonStore(file);
}

register({ store: { kind: "example.JsonStore", restore } }, { module: import.meta.url });
