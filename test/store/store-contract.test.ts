// The contract of every store, on each kind of store.
import { describe, it } from "vitest";
import { DirectoryStore } from "../../src/store/directory/directory-store.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import { ZipStore } from "../../src/store/zip/zip-store.js";
import type { ZipStoreOptions } from "../../src/store/zip/zip-store-options.js";
import { testStore } from "../../src/testing/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
let files = 0;

const zipStore = (name: string, options: ZipStoreOptions) => ({
  name,
  create: () => ZipStore.open(`${folder}/${files++}.zip`, { mode: "w", ...options }),
  reopen: (written: { path: string }) => ZipStore.open(written.path),
  keysMayNest: true,
  handsOver: "after flush" as const,
});

testStore(
  { name: "MemoryStore", create: async () => new MemoryStore(), keysMayNest: true, handsOver: "never" },
  { describe, it },
);
testStore(zipStore("ZipStore", {}), { describe, it });
testStore(zipStore("ZipStore, deflated", { compression: "deflate" }), { describe, it });
testStore(zipStore("ZipStore, ZIP64", { zip64: "always", mode: "w-" }), { describe, it });
testStore(
  {
    ...zipStore("ZipStore, restored from its state", {}),
    reopen: async ({ path }) => {
      const store = await ZipStore.open(path);
      const state = JSON.parse(JSON.stringify(store));
      await store.close();
      return await ZipStore.fromState(state);
    },
  },
  { describe, it },
);

const directoryStore = {
  name: "DirectoryStore",
  create: () => DirectoryStore.open(`${folder}/${files++}.zarr`, { mode: "w-" }),
  reopen: (written: { path: string }) => DirectoryStore.open(written.path),
  keysMayNest: false,
  handsOver: "at once" as const,
};
testStore(directoryStore, { describe, it });
testStore(
  {
    ...directoryStore,
    name: "DirectoryStore, restored from its state with roots",
    reopen: async ({ path }) => {
      const store = await DirectoryStore.open(path);
      return await DirectoryStore.fromState(JSON.parse(JSON.stringify(store)), { roots: [folder] });
    },
  },
  { describe, it },
);
