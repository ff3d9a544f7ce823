// The contract of every store, on each kind of store.
import { describe, it } from "vitest";
import { MemoryStore } from "../../src/store/memory-store.js";
import { ZipStore } from "../../src/store/zip-store.js";
import type { ZipStoreOptions } from "../../src/store/zip-store-options.js";
import { testStore } from "../../src/testing/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
let files = 0;

const zipStore = (name: string, options: ZipStoreOptions) => ({
  name,
  create: () => ZipStore.open(`${folder}/${files++}.zip`, { mode: "w", ...options }),
  reopen: (written: { path: string }) => ZipStore.open(written.path),
  keysMayNest: true,
  handsOver: true,
});

testStore(
  { name: "MemoryStore", create: async () => new MemoryStore(), keysMayNest: true, handsOver: false },
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
