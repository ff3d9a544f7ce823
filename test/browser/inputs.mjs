/** What a file that is served under a URL can be opened as. */
export const inputs = {
  bytes: async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer()),
  url: async (url) => url,
  file: async (url) => new File([await (await fetch(url)).blob()], "dropped.zip"),
};
