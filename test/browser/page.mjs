// Runs in a page: reads what is served under a URL, from bytes, as a dropped file, and by its URL.
import { readEverything } from "./read-everything.mjs";

globalThis.readAs = {
  bytes: async (url) => await readEverything(new Uint8Array(await (await fetch(url)).arrayBuffer())),
  url: async (url) => await readEverything(url),
  file: async (url) => await readEverything(new File([await (await fetch(url)).blob()], "dropped.zip")),
};
